/** One session's time by stage: a bar for its row, and a list of p50 and p95 under it. */

import { make, setText, setWidth } from "../shared/elements.js";
import { milliseconds, NOTHING } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { onServer, stageName } from "../shared/stages.js";

/** @typedef {import("./watch_connection.js").SessionFigures["ms"]} StageFigures */

export class SessionStages {
  bar = make("span", { class: "stage-bar" });
  list = make("dl", { class: "stages" });
  /** @type {readonly string[]} */ #stages = [];
  /** @type {StageFigures} */ #times = {};
  /** @type {Map<string, {part: HTMLElement, p50: HTMLElement, p95: HTMLElement}>} */ #shown = new Map();

  constructor() {
    this.bar.setAttribute("role", "img");
  }

  /**
   * The bar; the list only by `showList`, as it is mostly hidden.
   *
   * @param {StageFigures} ms
   * @param {readonly string[]} workerStages as the snapshot lists them
   */
  update(ms, workerStages) {
    this.#build(onServer(workerStages));
    const times = withRemainder(ms, workerStages);
    this.#times = times;
    const medians = this.#stages.map((stage) => times[stage]?.p50 ?? 0);
    const whole = Math.max(
      0.01,
      medians.reduce((total, median) => total + median, 0),
    );
    for (const [stage, { part }] of this.#shown) setWidth(part, (times[stage]?.p50 ?? 0) / whole);
    const stages = this.#stages.map((stage) => `${stageName(stage)} ${milliseconds(times[stage]?.p50 ?? NaN)}`);
    this.bar.setAttribute("aria-label", t("session.stages.summary", { stages: stages.join(", ") }));
  }

  /** Writes the last times into the list. */
  showList() {
    for (const [stage, { p50, p95 }] of this.#shown) {
      const time = this.#times[stage];
      setText(p50, time ? milliseconds(time.p50) : NOTHING);
      setText(p95, time ? milliseconds(time.p95) : NOTHING);
    }
  }

  /** Only when the stages are others than before. @param {readonly string[]} stages */
  #build(stages) {
    if (stages.join() === this.#stages.join()) return;
    this.#stages = stages;
    this.#shown.clear();
    const entries = [...stages, "server"].map((stage) => this.#entry(stage));
    this.list.replaceChildren(...entries);
    this.bar.replaceChildren(
      ...stages.map((stage) => /** @type {{part: HTMLElement}} */ (this.#shown.get(stage)).part),
    );
  }

  /** @param {string} stage */
  #entry(stage) {
    const p50 = make("span", { class: "stage-p50", text: NOTHING });
    const p95 = make("span", { class: "stage-p95", text: NOTHING });
    const part = make("span", { class: "stage-part" });
    const before = [`${t("stage.p50")} `, ` ${t("stage.p95")} `].map((text) =>
      make("span", { class: "stage-word", text }),
    );
    const entry = make(
      "div",
      {},
      make("dt", { text: stageName(stage) }),
      make("dd", {}, before[0], p50, before[1], p95),
    );
    part.dataset.stage = entry.dataset.stage = stage;
    this.#shown.set(stage, { part, p50, p95 });
    return entry;
  }
}

/**
 * The stages and the remainder: a rough figure, as it is a difference of medians, and without a p95.
 *
 * @param {StageFigures} ms
 * @param {readonly string[]} workerStages
 */
function withRemainder(ms, workerStages) {
  if (!ms.server) return ms;
  const named = ["queue", ...workerStages].reduce((total, stage) => total + (ms[stage]?.p50 ?? 0), 0);
  return { ...ms, other: { p50: Math.max(0, ms.server.p50 - named), p95: NaN } };
}
