/** What the stage shows when there is no picture: an invitation, a wait, or a problem and what to do about it. */

import { byId, setText } from "../shared/elements.js";
import { has, t } from "../shared/i18n.js";

/** @typedef {import("./camera.js").CameraProblem | "asleep" | "unreadable" | "no_sample"} Problem */
/** @typedef {"idle" | "starting" | Problem} NoticeKind */

export class Notice {
  #root = byId("notice");
  #title = /** @type {HTMLElement} */ (this.#root.querySelector(".notice-title"));
  #text = /** @type {HTMLElement} */ (this.#root.querySelector(".notice-text"));
  #figure = /** @type {SVGUseElement} */ (this.#root.querySelector(".notice-figure use"));
  #icons = this.#figure.href.baseVal.split("#")[0];
  #action = byId("start", HTMLButtonElement);
  #withoutCamera = byId("without-camera");

  /** @param {() => void} onAction what the button does: (try to) start the camera */
  constructor(onAction) {
    this.#action.addEventListener("click", onAction);
  }

  /**
   * @param {NoticeKind} kind
   * @param {string} [detail] the browser's own words
   */
  show(kind, detail = "") {
    const problem = kind !== "idle" && kind !== "starting";
    this.#root.dataset.kind = problem ? "problem" : kind;
    this.#root.dataset.notice = kind;
    this.#figure.setAttribute("href", this.#icons + (problem ? "#figure-problem" : "#figure"));
    setText(this.#title, t(`notice.${kind}.title`));
    setText(this.#text, t(`notice.${kind}.text`, { detail }));
    this.#action.hidden = !has(`notice.${kind}.action`);
    setText(this.#action, t(`notice.${kind}.action`));
    this.#withoutCamera.hidden = kind === "starting";
    this.#root.hidden = false;
  }

  /** Which notice is shown; empty for none. */
  get kind() {
    return this.#root.dataset.notice ?? "";
  }

  hide() {
    if (this.#root.contains(document.activeElement)) /** @type {HTMLElement} */ (document.activeElement).blur();
    this.#root.hidden = true;
    delete this.#root.dataset.notice;
  }

  /** Moves the keyboard focus to the button, if there is one. */
  focus() {
    if (!this.#action.hidden) this.#action.focus({ preventScroll: true });
  }

  /** The same for screen readers. */
  get spoken() {
    return `${this.#title.textContent}. ${this.#text.textContent}`;
  }
}
