/** Everything that is counted and timed while the camera runs. */

import { onServer } from "../shared/stages.js";
import { mean, percentile, RateMeter, Recent } from "../shared/stats.js";

/** How far back the charts reach, and how often they get a point. */
export const HISTORY_S = 60;
export const SAMPLES_PER_SECOND = 4;

/** Rates of the first moments after a start say nothing: the pipeline is filling up. */
const WARM_UP_MS = 2000;
const KEEP_MS = 65_000;

/**
 * @typedef {"browser" | "server" | "timeout" | "lost"} DropReason
 * @typedef {Record<string, number>} StageTimes milliseconds by stage
 */

/**
 * The stages of a frame's whole way, in order.
 *
 * @param {readonly string[]} serverStages
 */
const wholeWay = (serverStages) => ["encode", "network", ...onServer(serverStages)];

/**
 * The server's part of a round trip, with what its event loop is late in reading the frame: other cameras cause that, and no network.
 *
 * @param {Record<string, number>} timings the result's `timings_ms`
 * @param {number} roundTripMs
 */
export function serverTime(timings, roundTripMs) {
  return Math.min((timings.server ?? timings.total ?? 0) + (timings.lag ?? 0), roundTripMs);
}

/**
 * Splits a round trip into its stages.
 *
 * @param {number} encodeMs
 * @param {number} roundTripMs
 * @param {Record<string, number>} timings the result's `timings_ms`
 * @param {readonly string[]} serverStages
 * @returns {StageTimes} each 0 or more; together encode + round trip
 */
export function stageTimes(encodeMs, roundTripMs, timings, serverStages) {
  const server = serverTime(timings, roundTripMs);
  const named = Object.fromEntries(["queue", ...serverStages].map((stage) => [stage, timings[stage] ?? 0]));
  const known = Object.values(named).reduce((sum, value) => sum + value, 0);
  return { encode: encodeMs, network: roundTripMs - server, ...named, other: Math.max(0, server - known) };
}

export class SessionMetrics {
  #camera = new RateMeter(2000);
  #display = new RateMeter(1000);
  #results = new RateMeter(1000);
  #resultTimes = new Recent(KEEP_MS);
  #roundTrips = new Recent(KEEP_MS);
  #frameToLabel = new Recent(KEEP_MS);
  #frameBytes = new Recent(KEEP_MS);
  /** @type {readonly string[]} */ #serverStages = [];
  /** @type {Record<string, Recent>} */ #stages = {};

  /** Times of the chart's points, in seconds of `performance.now()`. @type {number[]} */ sampleTimes = [];
  /** Results per second at each point; null where the camera was off or paused. @type {(number | null)[]} */ sampleRates =
    [];
  /** Mean milliseconds per stage at each point. @type {Record<string, (number | null)[]>} */
  sampleStages = {};

  #startedAt = NaN;
  #resumedAt = NaN;
  counts = { camera: 0, results: 0, bytes: 0, errors: 0, sent: 0 };
  /** @type {Record<DropReason, number>} */ drops = { browser: 0, server: 0, timeout: 0, lost: 0 };

  constructor() {
    this.setServerStages([]);
  }

  /** The stages of a frame's way, in order. */
  get stages() {
    return Object.keys(this.#stages);
  }

  /**
   * Takes the server's list of stages. If it changed, the stages' figures start from zero.
   *
   * @param {readonly string[]} serverStages
   */
  setServerStages(serverStages) {
    const stages = wholeWay(serverStages);
    if (stages.join() === this.stages.join()) return;
    this.#serverStages = serverStages;
    this.#stages = Object.fromEntries(stages.map((stage) => [stage, new Recent(KEEP_MS)]));
    this.sampleStages = Object.fromEntries(stages.map((stage) => [stage, this.sampleTimes.map(() => null)]));
  }

  /** Begins a new session: all counts from zero. @param {number} now */
  start(now) {
    this.#startedAt = now;
    this.counts = { camera: 0, results: 0, bytes: 0, errors: 0, sent: 0 };
    this.drops = { browser: 0, server: 0, timeout: 0, lost: 0 };
    for (const recent of [
      this.#resultTimes,
      this.#roundTrips,
      this.#frameToLabel,
      this.#frameBytes,
      ...Object.values(this.#stages),
    ])
      recent.clear();
    this.sampleTimes.length = 0;
    this.sampleRates.length = 0;
    for (const samples of Object.values(this.sampleStages)) samples.length = 0;
    this.resume(now);
  }

  /** After a pause: rates start from zero, counts continue. @param {number} now */
  resume(now) {
    this.#resumedAt = now;
    for (const meter of [this.#camera, this.#display, this.#results]) meter.clear();
  }

  /**
   * @param {number} now
   * @param {boolean} online whether it could be sent at all: an outage is no share of dropped frames
   */
  cameraFrame(now, online) {
    if (online) this.counts.camera += 1;
    this.#camera.add(now);
  }

  /** @param {number} now */
  displayFrame(now) {
    this.#display.add(now);
  }

  /** @param {DropReason} reason */
  dropped(reason) {
    this.drops[reason] += 1;
  }

  refused() {
    this.counts.errors += 1;
  }

  /**
   * @param {number} now
   * @param {number} bytes
   */
  sent(now, bytes) {
    this.counts.sent += 1;
    this.counts.bytes += bytes;
    this.#frameBytes.add(now, bytes);
  }

  /**
   * @param {number} now
   * @param {number} encodeMs
   * @param {number} roundTripMs
   * @param {Record<string, number>} timings
   */
  answered(now, encodeMs, roundTripMs, timings) {
    this.counts.results += 1;
    this.#results.add(now);
    this.#resultTimes.add(now, now);
    this.#roundTrips.add(now, roundTripMs);
    const times = stageTimes(encodeMs, roundTripMs, timings, this.#serverStages);
    for (const [stage, recent] of Object.entries(this.#stages)) recent.add(now, times[stage]);
  }

  /**
   * @param {number} now
   * @param {number} ms from the video frame until its label was drawn
   */
  labelDrawn(now, ms) {
    this.#frameToLabel.add(now, ms);
  }

  /**
   * Adds a point to the charts: a gap while there can be no results.
   *
   * @param {number} now
   * @param {boolean} online
   */
  sample(now, online) {
    const warm = online && now - this.#resumedAt >= WARM_UP_MS;
    this.sampleTimes.push(now / 1000);
    this.sampleRates.push(warm ? this.#results.rate(now) : null);
    for (const [stage, recent] of Object.entries(this.#stages)) {
      const value = online ? mean(recent.values(now, 2000)) : NaN;
      this.sampleStages[stage].push(Number.isNaN(value) ? null : value);
    }
    while (this.sampleTimes[0] < now / 1000 - HISTORY_S) {
      this.sampleTimes.shift();
      this.sampleRates.shift();
      for (const samples of Object.values(this.sampleStages)) samples.shift();
    }
  }

  /** The FPS chart's figures over its minute. @param {number} now */
  rates(now) {
    const samples = /** @type {number[]} */ (this.sampleRates.filter((rate) => rate !== null));
    return {
      now: this.#results.rate(now),
      average: mean(samples),
      minimum: samples.length ? Math.min(...samples) : NaN,
      p5: percentile(samples, 5),
    };
  }

  /** Mean milliseconds per stage. @param {number} now @param {number} windowMs @returns {StageTimes} */
  stageMeans(now, windowMs = 5000) {
    return Object.fromEntries(
      Object.entries(this.#stages).map(([stage, recent]) => [stage, mean(recent.values(now, windowMs))]),
    );
  }

  /**
   * All figures at once, over the last seconds.
   *
   * @param {number} now
   * @param {number} seconds at most 60
   */
  snapshot(now, seconds = 10) {
    const windowMs = 1000 * seconds;
    const roundTrips = this.#roundTrips.values(now, windowMs);
    const frameToLabel = this.#frameToLabel.values(now, windowMs);
    const frameBytes = this.#frameBytes.values(now, windowMs);
    const covered = Math.min(windowMs, now - this.#startedAt) / 1000;
    return {
      seconds: covered,
      results_per_second: this.#resultTimes.values(now, windowMs).length / covered,
      results_now: this.#results.rate(now),
      camera_fps: this.#camera.rate(now),
      display_fps: this.#display.rate(now),
      round_trip_ms: { p50: percentile(roundTrips, 50), p95: percentile(roundTrips, 95) },
      frame_to_label_ms: { p50: percentile(frameToLabel, 50), p95: percentile(frameToLabel, 95) },
      stages_ms: this.stageMeans(now, windowMs),
      bytes_per_frame: mean(frameBytes),
      bytes_per_second: frameBytes.reduce((sum, bytes) => sum + bytes, 0) / covered,
      counts: { ...this.counts },
      dropped: { ...this.drops },
    };
  }
}
