/** The session, second by second: kept in this page only, until the next one starts. */

import { tally } from "../shared/stats.js";

/** Older seconds are let go of, so that a page that runs for days does not grow. */
export const LONGEST_S = 6 * 3600;

/** @typedef {import("./tracks.js").Face} Face */
/**
 * @typedef {object} Second
 * @property {Date} time
 * @property {number} second since the start, pauses included
 * @property {number | null} rate results per second; null where there can be none (an outage, the first moments)
 * @property {number} roundTripMs
 * @property {Record<string, number>} stages mean milliseconds
 * @property {{number: number, face: Face, quality: string}[]} faces in view
 */

export class SessionRecord {
  /** Oldest first. @type {Second[]} */ seconds = [];
  #startedAt = 0;
  #lastAt = -Infinity;

  /** @param {number} now */
  start(now) {
    this.seconds = [];
    this.#startedAt = now;
    this.#lastAt = -Infinity;
  }

  /**
   * Adds the present second, if it was not yet.
   *
   * @param {number} now
   * @param {() => Pick<Second, "rate" | "roundTripMs" | "stages" | "faces">} look asked only when a second has gone by
   */
  add(now, look) {
    if (now - this.#lastAt < 990) return;
    this.#lastAt = now;
    this.seconds.push({ time: new Date(), second: Math.round((now - this.#startedAt) / 1000), ...look() });
    if (this.seconds.length > LONGEST_S) this.seconds.shift();
  }

  /** @returns {number[]} the known rates */
  get rates() {
    return this.seconds.flatMap(({ rate }) => (rate === null ? [] : [rate]));
  }

  /** How many seconds each expression was seen, over all faces. @returns {[string, number][]} the most frequent first */
  get expressions() {
    return tally(this.seconds.flatMap(({ faces }) => faces.map(({ face }) => face.expression.label)));
  }

  /** The most faces that were in view at a time. */
  get mostFaces() {
    return this.seconds.reduce((most, { faces }) => Math.max(most, faces.length), 0);
  }
}
