/** The line of help at the picture's lower edge. */

import { byId, setText } from "../shared/elements.js";

export class HintLine {
  #element = byId("hint");

  /** @param {string | null} text null or empty for none */
  show(text) {
    this.#element.hidden = !text;
    if (text) setText(this.#element, text);
  }
}
