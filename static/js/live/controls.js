/** The buttons under the stage that act on what is shown: stop, pause, keep a picture. */

import { byId, nameButton, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";

export class Controls {
  #session;
  #stop = byId("stop", HTMLButtonElement);
  #pause = byId("pause", HTMLButtonElement);
  #pauseIcon = /** @type {SVGUseElement} */ (this.#pause.querySelector("use"));
  #icons = this.#pauseIcon.href.baseVal.split("#")[0];

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.#session = session;
    this.#stop.addEventListener("click", () => session.stop());
    this.#pause.addEventListener("click", () => session.togglePause());
  }

  /** As the session is now. */
  show() {
    const { state, source, paused } = this.#session;
    this.#stop.disabled = state === "idle";
    setText(byId("stop-label"), t(source === "file" && state !== "idle" ? "stop.files" : "stop.camera"));
    this.#pause.disabled = state !== "live";
    this.#pauseIcon.setAttribute("href", `${this.#icons}#${paused ? "play" : "pause"}`);
    nameButton(this.#pause, t(paused ? "pause.continue" : "pause.pause"));
    // The start button is gone: the keyboard goes on where the picture can be paused, or closed.
    if ((state === "live" || state === "still") && document.activeElement === document.body)
      (state === "live" ? this.#pause : this.#stop).focus({ preventScroll: true });
  }
}
