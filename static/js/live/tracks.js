/**
 * Faces between results: where each box is at any moment of the display.
 *
 * A result tells where a face was one round trip ago. For each track, an alpha-beta filter estimates position and velocity and predicts
 * the present position, so that the box does not trail behind a moving face. Corrections by a new result are blended in over a few
 * display frames.
 */

/** @typedef {import("./geometry.js").Rect} Rect */
/**
 * @typedef {object} Face one face of a result (see the result's JSON)
 * @property {number} track
 * @property {[number, number, number, number]} box
 * @property {number} score
 * @property {{label: string, scores: Record<string, number>, unsure?: boolean, likeliest?: string[]}} expression `likeliest` has two
 *   labels; an older server gives neither
 * @property {{years: number, low?: number, high?: number, decade: string, scores: number[]}} age
 * @property {{label: string, scores: Record<string, number>}} gender
 * @property {string} [quality] "ok", or why the labels are less reliable
 */
/** @typedef {{track: number, face: Face, box: Rect, alpha: number}} DrawnFace */

/** The longest prediction: without results, boxes must not drift away. */
const MAX_AHEAD_MS = 140;
/** Time constant of the blending of a correction. */
const BLEND_MS = 35;
/** A face that results lack for this long starts to fade out; where results are slow, for so many of their intervals. */
const HOLD_MS = 180;
const LONGEST_HOLD_MS = 1000;
const HOLD_INTERVALS = 1.6;
const FADE_OUT_MS = 220;
const FADE_IN_MS = 120;

class Track {
  /** @param {Face} face @param {number[]} measured @param {number} frameTime @param {number} now */
  constructor(face, measured, frameTime, now) {
    this.face = face;
    this.position = measured;
    this.velocity = [0, 0, 0, 0];
    this.frameTime = frameTime;
    this.correction = [0, 0, 0, 0];
    this.correctedAt = now;
    this.appearedAt = now;
    this.seenAt = now;
  }

  /** @param {number} time @param {number} axis */
  predict(time, axis) {
    const ahead = Math.max(0, Math.min(time - this.frameTime, MAX_AHEAD_MS));
    return this.position[axis] + this.velocity[axis] * ahead;
  }

  /** @param {number} now @param {number} axis */
  drawn(now, axis) {
    // A display frame's time may be older than the last result: the blending has not begun then.
    const blended = Math.max(0, now - this.correctedAt);
    const left = this.correction[axis] === 0 ? 0 : this.correction[axis] * Math.exp(-blended / BLEND_MS);
    return this.predict(now, axis) + left;
  }

  /** Where the last result had it, without prediction and blending. @returns {Rect} */
  get atRest() {
    const [x, y, w, h] = this.position;
    return { x: x - w / 2, y: y - h / 2, w, h };
  }

  /** @param {number} now @returns {Rect} */
  box(now) {
    const [w, h] = [this.drawn(now, 2), this.drawn(now, 3)];
    return { x: this.drawn(now, 0) - w / 2, y: this.drawn(now, 1) - h / 2, w, h };
  }

  /**
   * @param {Face} face
   * @param {number[]} measured centre x, centre y, width, height
   * @param {number} frameTime
   * @param {number} now
   * @param {boolean} blend
   */
  update(face, measured, frameTime, now, blend) {
    this.face = face;
    this.seenAt = now;
    const elapsed = frameTime - this.frameTime;
    if (elapsed <= 0) return; // Answers came out of order: this one is older than the last.
    const before = [0, 1, 2, 3].map((axis) => this.drawn(now, axis));
    for (let axis = 0; axis < 4; axis += 1) {
      const expected = this.position[axis] + this.velocity[axis] * Math.min(elapsed, MAX_AHEAD_MS);
      const residual = measured[axis] - expected;
      // A small residual is the detector's noise; a large one is movement, and is followed at once.
      const alpha = gain(Math.abs(residual) / (this.position[2 + (axis % 2)] || 1));
      const beta = (alpha * alpha) / (2 - alpha);
      this.position[axis] = expected + alpha * residual;
      // Sizes are smoothed but not predicted: faces rarely grow fast, and a pulsing box is unpleasant.
      if (axis < 2) this.velocity[axis] += (beta * residual) / Math.max(elapsed, 8);
      if (elapsed > 400) this.velocity[axis] = 0;
    }
    this.frameTime = frameTime;
    this.correctedAt = now;
    this.correction = blend ? before.map((value, axis) => value - this.predict(now, axis)) : [0, 0, 0, 0];
  }

  /** @param {number} now @param {number} holdMs @param {boolean} fades */
  alpha(now, holdMs, fades) {
    const missing = now - this.seenAt - holdMs;
    if (!fades) return missing > 0 ? 0 : 1;
    const risen = Math.min(1, (now - this.appearedAt) / FADE_IN_MS);
    return Math.max(0, Math.min(risen, 1 - missing / FADE_OUT_MS));
  }

  /** @param {number} now @param {number} holdMs */
  gone(now, holdMs) {
    return now - this.seenAt > holdMs + FADE_OUT_MS;
  }
}

/**
 * How much of a residual to believe: 0.6 for noise, rising to 0.9 for a movement of a tenth of the face.
 * Chosen on recorded results of a swaying portrait: lower trails behind, higher trembles with the detector.
 *
 * @param {number} relative residual by the face's size
 */
function gain(relative) {
  const s = Math.max(0, Math.min(1, (relative - 0.015) / 0.085));
  return 0.6 + 0.3 * s * s * (3 - 2 * s);
}

export class Tracks {
  /** @type {Map<number, Track>} */ #tracks = new Map();
  #resultAt = -Infinity;
  /** Averaged over the last results. */ #intervalMs = 0;
  /** Fades and blending; off where people prefer reduced motion. */
  smooth = true;
  /** The picture stands still: a face stays as it is until a result lacks it. */
  still = false;

  /**
   * Takes in a result.
   *
   * @param {readonly Face[]} faces
   * @param {{width: number, height: number}} frame the size that the boxes are in
   * @param {number} frameTime when that frame was shown, on the clock of `now`
   * @param {number} now
   */
  update(faces, frame, frameTime, now) {
    if (this.still) this.#tracks.clear();
    this.#observe(now);
    for (const face of faces) {
      const [x, y, w, h] = face.box;
      const measured = [(x + w / 2) / frame.width, (y + h / 2) / frame.height, w / frame.width, h / frame.height];
      const known = this.#tracks.get(face.track);
      if (known) known.update(face, measured, frameTime, now, this.smooth);
      else this.#tracks.set(face.track, new Track(face, measured, frameTime, now));
    }
  }

  /**
   * The faces at a moment of the display, oldest track first.
   *
   * @param {number} now
   * @returns {DrawnFace[]} boxes in fractions of the frame
   */
  at(now) {
    const drawn = [];
    const hold = Math.min(LONGEST_HOLD_MS, Math.max(HOLD_MS, HOLD_INTERVALS * this.#intervalMs));
    for (const [id, track] of this.#tracks) {
      if (this.still) {
        drawn.push({ track: id, face: track.face, alpha: 1, box: track.atRest });
        continue;
      }
      if (track.gone(now, hold)) {
        this.#tracks.delete(id);
        continue;
      }
      const alpha = track.alpha(now, hold, this.smooth);
      if (alpha <= 0) continue;
      drawn.push({ track: id, face: track.face, alpha, box: track.box(now) });
    }
    return drawn;
  }

  /** How far apart results are. @param {number} now */
  #observe(now) {
    const interval = now - this.#resultAt;
    this.#resultAt = now;
    if (interval < LONGEST_HOLD_MS) this.#intervalMs += 0.3 * (interval - this.#intervalMs);
  }

  clear() {
    this.#intervalMs = 0;
    this.#resultAt = -Infinity;
    this.#tracks.clear();
  }
}
