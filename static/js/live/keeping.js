/** What a person can keep: the picture with its labels, the session as a table and as a chart. All of it is made in this page. */

import { byId } from "../shared/elements.js";
import { t } from "../shared/i18n.js";
import { keepPicture, keepTable } from "./keep.js";
import { sessionChart } from "./session_chart.js";
import { sessionCsv } from "./session_csv.js";
import { SessionRecord } from "./session_record.js";
import { snapshot } from "./snapshot.js";
import { Summary } from "./summary.js";

export class Keeping {
  #stage;
  #faces;
  #metrics;
  #announcer;
  #record = new SessionRecord();
  #summary = new Summary();
  #snapshot = byId("snapshot", HTMLButtonElement);
  #files = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-keep]"));

  /**
   * @param {object} parts
   * @param {import("./stage.js").Stage} parts.stage
   * @param {import("./face_view.js").FaceView} parts.faces
   * @param {import("./session_metrics.js").SessionMetrics} parts.metrics
   * @param {import("./announcer.js").Announcer} parts.announcer
   */
  constructor({ stage, faces, metrics, announcer }) {
    this.#stage = stage;
    this.#faces = faces;
    this.#metrics = metrics;
    this.#announcer = announcer;
    this.#snapshot.addEventListener("click", () => this.keepSnapshot());
    for (const button of this.#files) {
      button.addEventListener("click", () => (button.dataset.keep === "chart" ? this.keepChart() : this.keepTable()));
    }
  }

  /** @param {number} now */
  begin(now) {
    this.#record.start(now);
    this.#summary.hide();
    this.#snapshot.disabled = false;
    this.#enableFiles();
  }

  /** The picture moves, and this is a moment of it. @param {number} now */
  observe(now) {
    this.#record.add(now, () => ({
      rate: this.#metrics.sampleRates.at(-1) ?? null,
      roundTripMs: this.#metrics.snapshot(now, 1).round_trip_ms.p50,
      stages: this.#metrics.stageMeans(now, 1000),
      faces: this.#faces.inView,
    }));
    this.#enableFiles();
  }

  end() {
    this.#snapshot.disabled = true;
    this.#summary.show(this.#record);
  }

  keepSnapshot() {
    if (this.#snapshot.disabled) return;
    void keepPicture(snapshot(this.#stage, this.#faces.overlay), "picture");
    this.#announcer.say(t("announce.kept"));
  }

  keepTable() {
    if (this.#record.seconds.length === 0) return;
    keepTable(sessionCsv(this.#record.seconds, this.#metrics.stages), "session");
    this.#announcer.say(t("announce.kept"));
  }

  keepChart() {
    void keepPicture(sessionChart(this.#record), "chart");
    this.#announcer.say(t("announce.kept"));
  }

  #enableFiles() {
    for (const button of this.#files) button.disabled = this.#record.seconds.length === 0;
  }
}
