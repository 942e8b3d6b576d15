/** What a face's expression was over the last minute. */

import { tally } from "../shared/stats.js";

/** How far back it reaches, and how fine it is. */
export const HISTORY_MS = 60_000;
export const STEP_MS = 500;

/** @typedef {{at: number, label: string, unsure: boolean}} Moment */

export class ExpressionHistory {
  /** Oldest first, one a step while the face is in view. @type {Moment[]} */ moments = [];

  /** @param {import("./tracks.js").Face["expression"]} expression @param {number} now */
  add({ label, unsure = false }, now) {
    const last = this.moments.at(-1);
    if (last && now - last.at < STEP_MS) return;
    this.moments.push({ at: now, label, unsure });
    while (this.moments[0].at < now - HISTORY_MS) this.moments.shift();
  }

  /** @param {number} time @returns {Moment | null} what was shown then; null while the face was not in view */
  at(time) {
    const moment = this.moments.findLast(({ at }) => at <= time);
    return moment && time - moment.at < 2 * STEP_MS ? moment : null;
  }

  /** How much of the time in view each expression had. @returns {[string, number][]} shares, the largest first */
  shares() {
    const labels = this.moments.map(({ label }) => label);
    return tally(labels).map(([label, count]) => [label, count / labels.length]);
  }
}
