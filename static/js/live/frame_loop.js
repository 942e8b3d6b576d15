/**
 * From the video's pictures to the server's answers.
 *
 *   video ──tick──▶ waiting (newest only) ──slot free──▶ encode ──▶ send ──▶ answer
 *
 * At most two frames are in flight. Until one may leave, the newest waits; one that is replaced by a newer one is counted as dropped.
 * A tick that brings no picture of its own has it taken from the video when it leaves.
 */

import { AnswerTimeout, ConnectionLost } from "./connection.js";
import { NoPicture } from "./encoder.js";
import { watchFrames } from "./frame_clock.js";
import { frameSize } from "./geometry.js";
import { PageLag } from "./page_lag.js";
import { serverTime } from "./session_metrics.js";

const LIGHT_EVERY_MS = 1000;

/** A picture that stands still is the last one for long: so often it is sent again when its answer is lost. */
const MOST_AGAIN = 3;

/** @typedef {import("./frame_clock.js").Tick} Tick */
/** @typedef {import("./connection.js").Result} Result */
/** @typedef {{code: string, message: string}} Trouble */

export class FrameLoop {
  #video;
  #encoder;
  #connection;
  #adaptation;
  #metrics;
  #onResult;
  #onTrouble;
  #pageLag = new PageLag();
  #inFlight = 0;
  /** @type {Tick | null} */ #waiting = null;
  /** How often the picture that stands still has been sent again. */ #again = 0;
  #sentAt = -Infinity;
  #lightAt = -Infinity;
  /** @type {(() => void) | null} */ #stopWatching = null;
  #run = 0;
  #wake = 0;

  /** Mean luma of the picture, 0 to 255, where the browser could tell. @type {number | null} */ light = null;
  /** Size of the frames sent last. */ frame = { width: 0, height: 0 };

  /**
   * @param {object} parts
   * @param {HTMLVideoElement} parts.video
   * @param {import("./encoder.js").FrameEncoder} parts.encoder
   * @param {import("./connection.js").Connection} parts.connection
   * @param {import("./adaptation.js").Adaptation} parts.adaptation
   * @param {import("./session_metrics.js").SessionMetrics} parts.metrics
   * @param {(result: Result, tick: Tick) => void} parts.onResult
   * @param {(trouble: Trouble) => void} parts.onTrouble
   */
  constructor({ video, encoder, connection, adaptation, metrics, onResult, onTrouble }) {
    this.#video = video;
    this.#encoder = encoder;
    this.#connection = connection;
    this.#adaptation = adaptation;
    this.#metrics = metrics;
    this.#onResult = onResult;
    this.#onTrouble = onTrouble;
    connection.addEventListener("state", () => this.#pump());
  }

  start() {
    this.stop();
    this.#connection.newCamera();
    this.#stopWatching = watchFrames(this.#video, (tick) => this.#onTick(tick));
  }

  stop() {
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.#run += 1; // Answers that are still to come are ignored.
    this.#inFlight = 0;
    this.#await(null);
    this.light = null;
    clearTimeout(this.#wake);
  }

  /** The picture is paused: what waits to be sent is not. */
  hold() {
    this.#await(null);
    clearTimeout(this.#wake);
  }

  /** @param {Tick} tick */
  #onTick(tick) {
    const { online } = this.#connection;
    this.#metrics.cameraFrame(performance.now(), online);
    if (this.#waiting && online) this.#metrics.dropped("browser");
    this.#again = 0;
    this.#await(tick);
    this.#pump();
  }

  /** What waits to be sent from now on; what has waited is let go. @param {Tick | null} tick */
  #await(tick) {
    this.#waiting?.picture?.close();
    this.#waiting = tick;
  }

  #pump() {
    const limit = Math.min(2, this.#connection.hello?.max_in_flight ?? 1);
    if (!this.#waiting || !this.#connection.online || this.#inFlight >= limit) return;
    const wait = this.#sentAt + this.#adaptation.settings.intervalMs - performance.now();
    if (wait > 1) {
      clearTimeout(this.#wake);
      this.#wake = setTimeout(() => this.#pump(), wait);
      return;
    }
    const tick = this.#waiting;
    this.#waiting = null;
    void this.#carry(tick);
  }

  /** One frame's whole way. @param {Tick} tick */
  async #carry(tick) {
    const run = this.#run;
    this.#inFlight += 1;
    this.#sentAt = performance.now();
    try {
      await this.#encodeAndSend(tick, () => run === this.#run);
    } catch (error) {
      if (run === this.#run) this.#failed(error, tick);
    } finally {
      tick.picture?.close();
      if (run === this.#run) {
        this.#inFlight -= 1;
        this.#pump();
      }
    }
  }

  /** @param {Tick} tick @param {() => boolean} current */
  async #encodeAndSend(tick, current) {
    const { maxSide, quality } = this.#adaptation.settings;
    const size = frameSize(this.#video.videoWidth, this.#video.videoHeight, maxSide);
    const grabbedAt = performance.now();
    const measureLight = grabbedAt - this.#lightAt > LIGHT_EVERY_MS;
    if (measureLight) this.#lightAt = grabbedAt;
    const { bytes, light } = await this.#encoder.encode(this.#video, tick.picture, {
      ...size,
      quality,
      measureLight,
    });
    if (!current()) return;
    if (light !== null) this.light = light;

    const sentAt = performance.now();
    const limit = this.#connection.hello?.max_frame_bytes ?? Infinity;
    if (bytes.byteLength > limit) {
      this.#adaptation.tooLarge(sentAt);
      this.#metrics.dropped("browser");
      this.#onTrouble({ code: "frame_too_large", message: String(limit) });
      return;
    }
    this.frame = size;
    this.#metrics.sent(sentAt, bytes.byteLength);
    const answer = await this.#connection.sendFrame(bytes);
    if (current()) this.#answered(answer, tick, sentAt - grabbedAt, sentAt);
  }

  /**
   * @param {import("./connection.js").Answer} answer
   * @param {Tick} tick
   * @param {number} encodeMs
   * @param {number} sentAt
   */
  #answered(answer, tick, encodeMs, sentAt) {
    const now = performance.now();
    if ("error" in answer) {
      this.#metrics.refused();
      this.#onTrouble({ code: answer.code, message: answer.error });
    } else if ("dropped" in answer) {
      this.#metrics.dropped("server");
      if (answer.reason === "newer_frame") this.#adaptation.droppedByServer(now);
      else this.#onTrouble({ code: answer.reason, message: answer.reason });
    } else {
      const roundTrip = now - sentAt;
      const server = serverTime(answer.timings_ms, roundTrip);
      this.#metrics.answered(now, encodeMs, roundTrip, answer.timings_ms);
      const longer = Math.max(answer.width, answer.height);
      this.#adaptation.saw(
        now,
        answer.faces.map(({ box }) => box[2] / longer),
      );
      const late = Math.min(this.#pageLag.ms, roundTrip - server);
      this.#adaptation.answered(now, { device: encodeMs + late, network: roundTrip - server - late, server });
      this.#onResult(answer, tick);
    }
  }

  /** @param {unknown} error @param {Tick} tick */
  #failed(error, tick) {
    const lost = error instanceof AnswerTimeout || error instanceof ConnectionLost;
    if (lost && this.#video.paused && this.#again < MOST_AGAIN) {
      this.#again += 1;
      this.#await({ ...tick, picture: null });
    }
    if (error instanceof AnswerTimeout) {
      this.#metrics.dropped("timeout");
      this.#adaptation.timedOut(performance.now());
      this.#onTrouble({ code: "no_answer", message: "" });
    } else if (error instanceof ConnectionLost) {
      this.#metrics.dropped("lost");
    } else if (error instanceof NoPicture) {
      this.#metrics.dropped("browser"); // The next picture will do: nothing to tell people.
    } else {
      this.#metrics.dropped("browser");
      this.#onTrouble({ code: "encoding_failed", message: error instanceof Error ? error.message : String(error) });
    }
  }
}
