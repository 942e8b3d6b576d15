/** Gives each face in view a small number and a colour, the same on the picture and on its card, for as long as it stays. */

/** Light colours: dark text reads on each of them, and each reads on the picture's dark outline. */
const COLOURS = ["#5ce1d0", "#ffc857", "#ff9db0", "#a3b8ff", "#b8e986", "#f2aef9", "#ffb37a", "#8fd3ff"];

/** A face that results lack for less than this keeps its number. */
const KEEP_MS = 1200;

/** @typedef {{number: number, colour: string, face: import("./tracks.js").Face, seenAt: number}} RegisteredFace */

export class FaceRegistry {
  /** @type {Map<number, RegisteredFace>} */ #faces = new Map();

  /**
   * @param {readonly import("./tracks.js").Face[]} faces
   * @param {number} now
   */
  update(faces, now) {
    for (const face of faces) {
      const entry = this.#faces.get(face.track);
      if (entry) Object.assign(entry, { face, seenAt: now });
      else this.#faces.set(face.track, { ...this.#freeNumber(), face, seenAt: now });
    }
  }

  /**
   * All faces in view, by number. Those that left are forgotten.
   *
   * @param {number} now
   * @returns {[number, RegisteredFace][]}
   */
  present(now) {
    for (const [track, entry] of this.#faces) if (now - entry.seenAt > KEEP_MS) this.#faces.delete(track);
    return [...this.#faces].sort(([, a], [, b]) => a.number - b.number);
  }

  /** @param {number} track */
  get(track) {
    return this.#faces.get(track);
  }

  clear() {
    this.#faces.clear();
  }

  #freeNumber() {
    const taken = new Set([...this.#faces.values()].map((entry) => entry.number));
    let number = 1;
    while (taken.has(number)) number += 1;
    return { number, colour: COLOURS[(number - 1) % COLOURS.length] };
  }
}
