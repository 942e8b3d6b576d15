/** Gives each face in view a number, a colour and the words to show: the same on the picture and on its card. */

import { ExpressionHistory } from "./expression_history.js";

/** Light colours: dark text can be read on each of them, and each stands out from the picture's dark outline. */
const COLOURS = ["#5ce1d0", "#ffc857", "#ff9db0", "#a3b8ff", "#b8e986", "#f2aef9", "#ffb37a", "#8fd3ff"];

/** What is said of the picture's quality stays until another has been true for so long. */
const QUALITY_SETTLES_MS = 1000;

/** A face that results lack for so long is not in view, though it may come back. Slow results lack nobody. */
const ABSENT_MS = 250;

/** A face that results lack for less than this keeps its number. */
const KEEP_MS = 1200;

/** @typedef {import("./tracks.js").Face} Face */
/**
 * @typedef {object} RegisteredFace
 * @property {number} number from 1
 * @property {string} colour
 * @property {Face} face the newest
 * @property {Face} shown whose words are shown: as of the last `refresh`
 * @property {string} quality "ok", or what has made the labels less reliable for a while
 * @property {number} qualityAt when that was last true, or when the face came
 * @property {boolean} present whether the last results have it
 * @property {ExpressionHistory} history of its expressions, as they were shown
 * @property {number} seenAt
 */

export class FaceRegistry {
  /** @type {Map<number, RegisteredFace>} */ #faces = new Map();
  #resultAt = -Infinity;
  /** The picture stands still: a face stays until a result lacks it. */ still = false;

  /**
   * @param {readonly Face[]} faces
   * @param {number} now
   */
  update(faces, now) {
    this.#resultAt = now;
    for (const face of faces) {
      const entry = this.#faces.get(face.track);
      if (entry) Object.assign(entry, { face, seenAt: now });
      else
        this.#faces.set(face.track, {
          ...this.#freeNumber(),
          present: true,
          history: new ExpressionHistory(),
          quality: "ok",
          face,
          shown: face,
          qualityAt: now,
          seenAt: now,
        });
    }
    if (this.still) this.#forget((entry) => entry.seenAt < now);
  }

  /**
   * Shows the newest words of all faces in view, and forgets those that left.
   *
   * @param {number} now
   * @returns {[number, RegisteredFace][]} by number
   */
  refresh(now) {
    if (!this.still) this.#forget((entry) => now - entry.seenAt > KEEP_MS);
    for (const entry of this.#faces.values()) {
      entry.shown = entry.face;
      entry.present = this.#resultAt - entry.seenAt <= ABSENT_MS;
      if (entry.present) entry.history.add(entry.shown.expression, now);
      this.#judge(entry, now);
    }
    return [...this.#faces].sort(([, a], [, b]) => a.number - b.number);
  }

  /** A remark that comes and goes with every frame could not be read. @param {RegisteredFace} entry @param {number} now */
  #judge(entry, now) {
    const { quality = "ok" } = entry.face;
    if (quality === entry.quality) entry.qualityAt = now;
    if (!this.still && now - entry.qualityAt < QUALITY_SETTLES_MS) return;
    entry.quality = quality;
    entry.qualityAt = now;
  }

  /** @param {number} track */
  get(track) {
    return this.#faces.get(track);
  }

  clear() {
    this.#faces.clear();
  }

  /** @param {(entry: RegisteredFace) => boolean} hasLeft */
  #forget(hasLeft) {
    for (const [track, entry] of this.#faces) if (hasLeft(entry)) this.#faces.delete(track);
  }

  #freeNumber() {
    const taken = new Set([...this.#faces.values()].map((entry) => entry.number));
    let number = 1;
    while (taken.has(number)) number += 1;
    return { number, colour: COLOURS[(number - 1) % COLOURS.length] };
  }
}
