/** The help sheet: what every number means, and the keyboard's shortcuts. */

import { byId } from "../shared/elements.js";

export class Help {
  #sheet = byId("help", HTMLDialogElement);

  constructor() {
    byId("help-open").addEventListener("click", () => this.open());
    closeOnBackdrop(this.#sheet);
  }

  open() {
    if (!this.#sheet.open) this.#sheet.showModal();
  }
}

/** A click beside the sheet closes it. @param {HTMLDialogElement} sheet */
export function closeOnBackdrop(sheet) {
  sheet.addEventListener("click", ({ target, clientX, clientY }) => {
    const { left, right, top, bottom } = sheet.getBoundingClientRect();
    const inside = clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
    if (target === sheet && !inside) sheet.close();
  });
}
