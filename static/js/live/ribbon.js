/** A face's expressions over the last minute as a ribbon of colours; under the pointer or the finger it says which was when. */

import { make, setText } from "../shared/elements.js";
import { confidence, integer, labelText } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { colour } from "../shared/theme.js";
import { HISTORY_MS, STEP_MS } from "./expression_history.js";

/** @typedef {import("./expression_history.js").ExpressionHistory} ExpressionHistory */

/** One column a step, and the colours' rows: a thin one says that the expression was unsure. */
const COLUMNS = HISTORY_MS / STEP_MS;
const ROWS = 6;
/** It moves by one step at a time. */
const REDRAWN_EVERY_MS = STEP_MS;

export class Ribbon {
  #canvas = document.createElement("canvas");
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
  #said = make("p", { class: "ribbon-said", text: t("ribbon.title") });
  element = make("div", { class: "ribbon" }, this.#canvas, this.#said);
  /** @type {ExpressionHistory | null} */ #history = null;
  #drawnAt = -Infinity;
  #newest = 0;
  /** Where the pointer is, 0 (a minute ago) to 1 (now); null while it is elsewhere. @type {number | null} */ #pointed =
    null;

  constructor() {
    this.#canvas.width = COLUMNS;
    this.#canvas.height = ROWS;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", t("ribbon.title"));
    for (const event of ["pointermove", "pointerdown"])
      this.#canvas.addEventListener(event, (moved) => this.#point(/** @type {PointerEvent} */ (moved)));
    this.#canvas.addEventListener("pointerleave", () => {
      this.#pointed = null;
      this.#say();
    });
  }

  /** @param {ExpressionHistory} history @param {number} now */
  show(history, now) {
    if (history === this.#history && now - this.#drawnAt < REDRAWN_EVERY_MS) return;
    this.#history = history;
    this.#drawnAt = now;
    this.#newest = now;
    this.#context.clearRect(0, 0, COLUMNS, ROWS);
    for (const { at, label, unsure } of history.moments) {
      const column = COLUMNS - 1 - Math.floor((now - at) / STEP_MS);
      this.#context.fillStyle = colour(`expression-${label}`) || colour("control-line");
      // Two columns: a step that came a little late leaves no hole.
      this.#context.fillRect(column, unsure ? ROWS / 2 : 0, 2, ROWS);
    }
    this.#canvas.setAttribute("aria-label", summary(history));
    this.#say();
  }

  /** @param {PointerEvent} event */
  #point({ clientX }) {
    const { left, width } = this.#canvas.getBoundingClientRect();
    this.#pointed = Math.max(0, Math.min(1, (clientX - left) / width));
    this.#say();
  }

  #say() {
    if (this.#pointed === null || !this.#history) return setText(this.#said, t("ribbon.title"));
    const ago = (1 - this.#pointed) * HISTORY_MS;
    const moment = this.#history.at(this.#newest - ago);
    const label = moment ? labelText("expression", moment.label) : t("ribbon.nothing");
    const said = moment?.unsure ? t("ribbon.unsure", { label }) : label;
    setText(this.#said, t("ribbon.moment", { seconds: integer(ago / 1000), label: said }));
  }
}

/** The same in words. @param {ExpressionHistory} history */
function summary(history) {
  const shares = history.shares().map(([label, share]) => `${labelText("expression", label)} ${confidence(share)}`);
  return t("ribbon.summary", { shares: shares.join(", ") });
}
