/** What the server answered: shown as faces, counted in the figures, and spoken. */

import { t } from "../shared/i18n.js";
import { FaceView } from "./face_view.js";

/** @typedef {import("./connection.js").Result} Result */

export class Results {
  #metrics;
  #figures;
  #announcer;
  #hintLine;
  /** Frames whose labels are not drawn yet, by when the camera took them. @type {number[]} */ #undrawn = [];
  faces;

  /**
   * @param {object} parts
   * @param {import("./stage.js").Stage} parts.stage
   * @param {import("./session_metrics.js").SessionMetrics} parts.metrics
   * @param {import("./figures.js").Figures} parts.figures
   * @param {import("./announcer.js").Announcer} parts.announcer
   * @param {import("./hint_line.js").HintLine} parts.hintLine
   */
  constructor({ stage, metrics, figures, announcer, hintLine }) {
    this.#metrics = metrics;
    this.#figures = figures;
    this.#announcer = announcer;
    this.#hintLine = hintLine;
    this.faces = new FaceView(stage, (now) => this.#drawn(now));
  }

  /**
   * A frame of a moving picture.
   *
   * @param {Result} result
   * @param {import("./frame_clock.js").Tick} tick
   */
  takeFrame(result, tick) {
    this.faces.take(result, tick.shownAt, performance.now());
    if (result.faces.length > 0) this.#undrawn.push(tick.capturedAt);
  }

  /** The still picture on the stage: it was analysed, or not yet, or could not be. @param {import("./media_strip.js").MediaItem} item */
  showPicture({ name, answer, problem }) {
    if (!answer) {
      this.#hintLine.show(problem || t("picture.analysing"));
      if (problem) this.#announcer.say(`${name}. ${problem}`);
      return;
    }
    const now = performance.now();
    const { result, bytes, encodeMs, roundTripMs } = answer;
    this.faces.take(result, now, now);
    this.faces.refresh(now);
    this.#metrics.sent(now, bytes);
    this.#metrics.answered(now, encodeMs, roundTripMs, result.timings_ms);
    this.#figures.showPicture(now, result);
    this.#hintLine.show(result.faces.length === 0 ? t("picture.no_face") : null);
    this.#announcer.say(`${name}. ${t("announce.faces", { count: result.faces.length })}`);
  }

  /** New words for all faces. @param {boolean} spoken whether their number is spoken when it changes */
  refresh(spoken) {
    const now = performance.now();
    const count = this.faces.refresh(now);
    if (spoken) this.#announcer.faces(count, now);
  }

  /** After a pause, which must not count as latency. */
  forgetUndrawn() {
    this.#undrawn = [];
  }

  clear() {
    this.faces.clear();
    this.forgetUndrawn();
  }

  /** @param {number} now */
  #drawn(now) {
    this.#metrics.displayFrame(now);
    for (const capturedAt of this.#undrawn) this.#metrics.labelDrawn(now, now - capturedAt);
    this.forgetUndrawn();
  }
}
