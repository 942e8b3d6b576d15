/**
 * Fits what is sent to what comes back.
 *
 * Slow because of the network or of this device: smaller frames (size, then quality), as far as the faces in view are still found in them. Slow
 * because of the server: fewer frames. Both recover by themselves; a step up that fails makes the next try wait twice as long, so
 * that the picture does not keep changing.
 *
 * On the server's own machine there is no network: what neither the server nor this page accounts for is time that a frame waits for a
 * core. Fewer frames help then.
 */

/** Steps from best to thriftiest. @type {readonly {maxSide: number, quality: number}[]} */
export const LEVELS = [
  { maxSide: 640, quality: 0.8 },
  { maxSide: 640, quality: 0.6 },
  { maxSide: 480, quality: 0.7 },
  { maxSide: 480, quality: 0.5 },
  { maxSide: 320, quality: 0.6 },
  { maxSide: 320, quality: 0.4 },
];

/** Of the network, and of this device. Two frames in flight carry 28 results a second up to about 70 ms in all. */
const SLOW_MS = 70;
const FAST_MS = 40;
const SLOW_SERVER_MS = 150;
const SETTLE_MS = 1500;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 80_000;
const SLOWEST_INTERVAL_MS = 200;
/** Where a frame waits for a core, others take it as well: sending still fewer would only lose results. */
const SLOWEST_SHARED_MS = 80;

const LEAST_QUALITY = 0.3;

/** A face of fewer pixels than these across is hardly found: of a clip's people of 16 it found a third, of 21 all. */
const LEAST_FACE = 20;
/** A face that is missed for so long is no reason any more. */
const FACE_MEMORY_MS = 5000;

/** @typedef {"network" | "device" | "server"} Part of a frame's way */
/** @typedef {Part | "machine"} Bottleneck "machine": the one that server and browser share */
/** @typedef {{maxSide: number | null, quality: number | null}} Chosen */

export class Adaptation {
  #level = 0;
  #intervalMs = 0;
  /** Why frames are smaller than they could be. @type {Part | null} */ #smallerFor = null;
  #device = NaN;
  #network = NaN;
  #server = NaN;
  #changedAt = -Infinity;
  #steppedUpAt = -Infinity;
  #retryMs = FIRST_RETRY_MS;
  #easedAt = -Infinity;
  /** @type {Chosen} */ #chosen = { maxSide: null, quality: null };
  /** Frames of a chosen size that the server does not take are compressed more. */ #bestQuality = 1;

  /** The narrowest face of the last seconds, as a share of the frame's longer side. */ #narrowest = {
    share: Infinity,
    seenAt: -Infinity,
  };

  /** The page runs on the server's machine. */
  sameMachine = false;

  /** What to send now. */
  get settings() {
    const level = LEVELS[this.#level];
    const quality = Math.min(this.#chosen.quality ?? level.quality, this.#bestQuality);
    return { maxSide: this.#chosen.maxSide ?? level.maxSide, quality, intervalMs: this.#intervalMs };
  }

  /** What a person has chosen stays as it is; null leaves it to what fits. @param {Chosen} chosen */
  choose(chosen) {
    this.#chosen = chosen;
    this.#bestQuality = 1;
  }

  /** Whether frames stay as large as they are, however slow the answers. */
  get fixed() {
    return this.#chosen.maxSide !== null;
  }

  get level() {
    return this.#level;
  }

  /** Milliseconds that this device takes for a frame, averaged over the last ones; NaN before the first. */
  get deviceMs() {
    return this.#device;
  }

  /** What holds the results back at the moment, if anything does. @returns {Bottleneck | null} */
  get bottleneck() {
    const part = this.#slowPart;
    if (!this.sameMachine || (part === "device" && this.#device > Math.max(this.#network, this.#server))) return part;
    return part === "server" || this.#network > SLOW_MS || this.#intervalMs > 0 ? "machine" : part;
  }

  /** @returns {Part | null} */
  get #slowPart() {
    if (this.#level > 0 && this.#smallerFor) return this.#smallerFor;
    return this.#intervalMs > 0 || this.#server > SLOW_SERVER_MS ? "server" : null;
  }

  /**
   * A frame was answered.
   *
   * @param {number} now
   * @param {Record<Part, number>} ms what each took: this device to encode and to attend to the answer, the server, and the
   *   network what is left of the round trip
   */
  answered(now, { device, network, server }) {
    this.#device = follow(this.#device, device);
    this.#network = follow(this.#network, network);
    this.#server = follow(this.#server, server);
    const slower = this.sameMachine ? this.#device : Math.max(this.#device, this.#network);
    if (slower > SLOW_MS && !this.#wouldLoseFace(now))
      this.#stepDown(now, slower === this.#device ? "device" : "network");
    else if (slower < FAST_MS) this.#maybeStepUp(now);
    if (this.#server > SLOW_SERVER_MS) this.#slowDown(now, 1.15);
    else if (this.sameMachine && this.#network > SLOW_MS) this.#slowDown(now, 1.15, SLOWEST_SHARED_MS);
    else this.#ease(now);
  }

  /**
   * Faces were found.
   *
   * @param {number} now
   * @param {number[]} shares how wide each is, as a share of the frame's longer side
   */
  saw(now, shares) {
    const share = Math.min(...shares);
    const isOld = now - this.#narrowest.seenAt > FACE_MEMORY_MS;
    if (shares.length > 0 && (isOld || share <= this.#narrowest.share * 1.2)) this.#narrowest = { share, seenAt: now };
  }

  /** No answer came in time. @param {number} now */
  timedOut(now) {
    if (!this.sameMachine) this.#stepDown(now, "network");
    this.#slowDown(now, 1.5);
  }

  /** The server dropped a frame because a newer one was there: it was sent for nothing. @param {number} now */
  droppedByServer(now) {
    this.#slowDown(now, 1.15);
  }

  /** An encoded frame is above the server's limit. @param {number} now */
  tooLarge(now) {
    if (this.fixed) this.#bestQuality = Math.max(LEAST_QUALITY, this.settings.quality - 0.1);
    this.#changedAt = -Infinity;
    this.#stepDown(now, null);
  }

  /** A new connection: what was learned about the old one is forgotten. */
  reset() {
    this.#level = 0;
    this.#intervalMs = 0;
    this.#smallerFor = null;
    this.#device = this.#network = this.#server = NaN;
    this.#changedAt = this.#steppedUpAt = this.#easedAt = -Infinity;
    this.#retryMs = FIRST_RETRY_MS;
    this.#narrowest = { share: Infinity, seenAt: -Infinity };
  }

  /** Whether the next step's frame is too small for a face that this one's shows. @param {number} now */
  #wouldLoseFace(now) {
    const { share, seenAt } = this.#narrowest;
    const next = LEVELS[this.#level + 1];
    if (!next || next.maxSide === LEVELS[this.#level].maxSide || now - seenAt > FACE_MEMORY_MS) return false;
    return share * next.maxSide < LEAST_FACE;
  }

  /** @param {number} now @param {Part | null} why */
  #stepDown(now, why) {
    this.#smallerFor = why;
    if (now - this.#changedAt < SETTLE_MS || this.#level === LEVELS.length - 1) return;
    const failedTry = now - this.#steppedUpAt < 2 * FIRST_RETRY_MS;
    this.#retryMs = failedTry ? Math.min(2 * this.#retryMs, LONGEST_RETRY_MS) : FIRST_RETRY_MS;
    this.#level += 1;
    this.#changedAt = now;
    this.#device = this.#network = NaN;
  }

  /** @param {number} now */
  #maybeStepUp(now) {
    if (this.#level === 0 || now - this.#changedAt < this.#retryMs) return;
    this.#level -= 1;
    this.#changedAt = this.#steppedUpAt = now;
    this.#device = this.#network = NaN;
  }

  /** @param {number} now @param {number} factor @param {number} slowest */
  #slowDown(now, factor, slowest = SLOWEST_INTERVAL_MS) {
    if (now - this.#easedAt < 500) return;
    const longer = Math.max(40, this.#intervalMs * factor);
    this.#intervalMs = Math.min(longer, Math.max(slowest, this.#intervalMs));
    this.#easedAt = now;
  }

  /** @param {number} now */
  #ease(now) {
    if (this.#intervalMs === 0 || now - this.#easedAt < 1000) return;
    this.#intervalMs = this.#intervalMs < 36 ? 0 : this.#intervalMs * 0.85;
    this.#easedAt = now;
  }
}

/** @param {number} average @param {number} value */
function follow(average, value) {
  return Number.isNaN(average) ? value : average + 0.12 * (value - average);
}
