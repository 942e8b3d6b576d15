/** Tells screen readers about changes of state. Not about the labels, which change thirty times a second. */

import { byId } from "../shared/elements.js";
import { t } from "../shared/i18n.js";

const FACES_EVERY_MS = 4000;
const HINTS_EVERY_MS = 8000;
/** News that can wait lets the last message be read first: they share one region. */
const PAUSE_MS = 1500;

export class Announcer {
  #region = byId("announcer");
  #faces = 0;
  #facesSaidAt = -Infinity;
  #hint = "";
  #hintSaidAt = -Infinity;
  #saidAt = -Infinity;

  /** @param {string} message @param {number} [now] */
  say(message, now = performance.now()) {
    this.#region.textContent = message;
    this.#saidAt = now;
  }

  /**
   * How many faces are in view, when that has changed and settled.
   *
   * @param {number} count
   * @param {number} now
   */
  faces(count, now) {
    if (count === this.#faces || now - this.#facesSaidAt < FACES_EVERY_MS || now - this.#saidAt < PAUSE_MS) return;
    this.#faces = count;
    this.#facesSaidAt = now;
    this.say(t("announce.faces", { count }), now);
  }

  /**
   * The hint on the picture, when it is a new one. A hint of which only the numbers changed is not new.
   *
   * @param {string | null} hint what is shown at this moment
   * @param {number} now
   */
  hint(hint, now) {
    const gist = (hint ?? "").replace(/\d+/g, "");
    if (hint === null) this.#hint = gist;
    if (
      hint === null ||
      gist === this.#hint ||
      now - this.#hintSaidAt < HINTS_EVERY_MS ||
      now - this.#saidAt < PAUSE_MS
    )
      return;
    this.#hint = gist;
    this.#hintSaidAt = now;
    this.say(hint, now);
  }

  reset() {
    this.#faces = 0;
    this.#facesSaidAt = this.#hintSaidAt = -Infinity;
    this.#hint = "";
  }
}
