/** Full screen: the picture with its figures and the controls, and the way back. */

import { byId, nameButton, setText } from "../shared/elements.js";
import { decimal, milliseconds } from "../shared/format.js";
import { t } from "../shared/i18n.js";

export class FullScreen {
  #button = byId("fullscreen", HTMLButtonElement);
  #enlarged = /** @type {HTMLElement} */ (this.#button.closest(".camera"));
  #figures = byId("stage-figures");

  constructor() {
    this.#button.hidden = !document.fullscreenEnabled;
    this.#button.addEventListener("click", () => void this.toggle());
    document.addEventListener("fullscreenchange", () => {
      nameButton(this.#button, t(document.fullscreenElement ? "fullscreen.leave" : "fullscreen.enter"));
    });
  }

  async toggle() {
    try {
      await (document.fullscreenElement ? document.exitFullscreen() : this.#enlarged.requestFullscreen());
    } catch {
      // The browser refused: the page stays as it is.
    }
  }

  /** @param {{rate: number, roundTripMs: number, faces: number}} now */
  show({ rate, roundTripMs, faces }) {
    if (!document.fullscreenElement) return;
    const figures = { rate: decimal(rate), ms: milliseconds(roundTripMs), count: faces };
    setText(this.#figures, t("fullscreen.figures", figures));
  }
}
