/**
 * A camera's pictures as they come, read from its track by `MediaStreamTrackProcessor`: several milliseconds before the video shows them.
 *
 * So far Chromium alone has that outside of workers. While the video is paused nothing is read.
 */

import { CaptureClock } from "./capture_clock.js";

/** @typedef {import("./frame_clock.js").Tick} Tick */

/** If the video has shown so many pictures and none came from the track, those that the video shows are taken. */
const MISSED = 3;

/** @param {HTMLVideoElement} video */
const trackOf = (video) => (video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : undefined);

/**
 * Whether this browser can read the pictures of what the video plays: a camera's, not a file's.
 *
 * @param {HTMLVideoElement} video
 */
export function canReadCamera(video) {
  return "MediaStreamTrackProcessor" in window && trackOf(video)?.readyState === "live";
}

export class CameraPictures {
  #video;
  #onTick;
  #clock = new CaptureClock();
  /** @type {ReadableStreamDefaultReader<VideoFrame> | null} */ #reader = null;
  #missed = 0;
  #events = new AbortController();

  /** @param {HTMLVideoElement} video playing a camera @param {(tick: Tick) => void} onTick */
  constructor(video, onTick) {
    this.#video = video;
    this.#onTick = onTick;
    const { signal } = this.#events;
    video.addEventListener("play", () => this.#open(), { signal });
    video.addEventListener("pause", () => this.#rest(), { signal });
    if (!video.paused) this.#open();
  }

  /**
   * The video shows a picture.
   *
   * @param {number} shownAt
   * @param {number | null} capturedAt
   */
  presented(shownAt, capturedAt) {
    if (capturedAt !== null) this.#clock.presented(capturedAt, shownAt);
    this.#missed += 1;
    if (this.#missed > MISSED) this.#onTick({ shownAt, capturedAt: capturedAt ?? shownAt, picture: null });
  }

  close() {
    this.#events.abort();
    this.#rest();
  }

  #open() {
    this.#rest();
    const track = trackOf(this.#video);
    if (track?.readyState !== "live") return;
    // One picture waits at most, the newest: TypeScript knows this class in workers only.
    const Processor = /** @type {any} */ (window).MediaStreamTrackProcessor;
    this.#reader = new Processor({ track, maxBufferSize: 1 }).readable.getReader();
    void this.#read(/** @type {ReadableStreamDefaultReader<VideoFrame>} */ (this.#reader));
  }

  #rest() {
    // What was to be read is let go; a stream that has failed cannot be cancelled, and need not be.
    this.#reader?.cancel().catch(() => {});
    this.#reader = null;
  }

  /** @param {ReadableStreamDefaultReader<VideoFrame>} reader */
  async #read(reader) {
    try {
      for (;;) {
        const { value: picture, done } = await reader.read();
        if (done) return;
        if (reader === this.#reader) this.#take(picture);
        else picture.close();
      }
    } catch {
      // The track failed, or this browser cannot read it: `presented` goes on.
    }
  }

  /** @param {VideoFrame} picture */
  #take(picture) {
    const times = this.#clock.arrived(picture.timestamp / 1000, performance.now());
    if (hasShapeOf(picture, this.#video)) {
      this.#missed = 0;
      this.#onTick({ ...times, picture });
    } else picture.close(); // A phone is being turned: the boxes must fit what is shown.
  }
}

/** @param {VideoFrame} picture @param {HTMLVideoElement} video */
function hasShapeOf({ displayWidth, displayHeight }, { videoWidth, videoHeight }) {
  return displayWidth * videoHeight === displayHeight * videoWidth;
}
