/** Rolling statistics over time windows. Times are milliseconds of `performance.now()`. */

/**
 * The p-th percentile as numpy.percentile gives it: interpolated between the two nearest ranks. The server and
 * the benchmarks use the same definition.
 *
 * @param {readonly number[]} values in any order
 * @param {number} p 0 to 100
 * @returns {number} NaN for no values
 */
export function percentile(values, p) {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = ((sorted.length - 1) * p) / 100;
  const below = Math.floor(rank);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
}

/**
 * @param {readonly number[]} values
 * @returns {number} NaN for no values
 */
export function mean(values) {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * How often each value comes.
 *
 * @param {readonly string[]} values
 * @returns {[string, number][]} the most frequent first
 */
export function tally(values) {
  /** @type {Map<string, number>} */ const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Values with their times, kept for a while. */
export class Recent {
  /** @type {number[]} */ #times = [];
  /** @type {number[]} */ #values = [];
  #head = 0;

  /** @param {number} keepMs how long a value is kept */
  constructor(keepMs) {
    this.keepMs = keepMs;
  }

  /**
   * @param {number} now
   * @param {number} value
   */
  add(now, value) {
    this.#times.push(now);
    this.#values.push(value);
    while (this.#times[this.#head] < now - this.keepMs) this.#head += 1;
    if (this.#head > 512 && this.#head * 2 > this.#times.length) this.#compact();
  }

  /**
   * @param {number} now
   * @param {number} [windowMs] how far back
   * @returns {number[]} oldest first
   */
  values(now, windowMs = this.keepMs) {
    return this.#values.slice(this.#firstSince(now - windowMs));
  }

  clear() {
    this.#times = [];
    this.#values = [];
    this.#head = 0;
  }

  /** @param {number} since */
  #firstSince(since) {
    let low = this.#head;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle] < since) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact() {
    this.#times = this.#times.slice(this.#head);
    this.#values = this.#values.slice(this.#head);
    this.#head = 0;
  }
}

/** Events per second, over a sliding window. */
export class RateMeter {
  /** @type {number[]} */ #times = [];
  #windowMs;

  /** @param {number} windowMs */
  constructor(windowMs = 1000) {
    this.#windowMs = windowMs;
  }

  /** @param {number} now */
  add(now) {
    this.#times.push(now);
    // One event older than the window stays: the first interval starts there.
    while (this.#times.length > 2 && this.#times[1] < now - this.#windowMs) this.#times.shift();
  }

  /**
   * Whole intervals divided by their time, so that the figure does not jump when an event enters or leaves the window. It falls
   * when events stop coming.
   *
   * @param {number} now
   * @returns {number} events per second; 0 without any
   */
  rate(now) {
    const times = this.#times;
    while (times.length > 1 && times[1] < now - this.#windowMs) times.shift();
    if (times.length < 2) return 0;
    const intervals = times.length - 1;
    const span = times[intervals] - times[0];
    const quiet = now - times[intervals];
    const overdue = quiet > (2 * span) / intervals;
    return (1000 * intervals) / (overdue ? span + quiet : span);
  }

  clear() {
    this.#times.length = 0;
  }
}
