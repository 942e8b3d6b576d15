/** Says changes of state to screen readers: seldom, and never the labels themselves, which change thirty times a second. */

import { byId } from "./elements.js";
import { t } from "./i18n.js";

const FACES_EVERY_MS = 4000;

export class Announcer {
  #region = byId("announcer");
  #faces = 0;
  #facesSaidAt = -Infinity;

  /** @param {string} message */
  say(message) {
    this.#region.textContent = message;
  }

  /**
   * How many faces are in view, when that has changed and settled.
   *
   * @param {number} count
   * @param {number} now
   */
  faces(count, now) {
    if (count === this.#faces || now - this.#facesSaidAt < FACES_EVERY_MS) return;
    this.#faces = count;
    this.#facesSaidAt = now;
    this.say(t("announce.faces", { count }));
  }

  reset() {
    this.#faces = 0;
    this.#facesSaidAt = -Infinity;
  }
}
