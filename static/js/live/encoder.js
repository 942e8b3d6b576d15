/**
 * Pictures of the video as JPEG bytes.
 *
 * Three ways, best first; one that fails on this browser is given up for the next:
 *   video frame -> worker     the picture moves to the worker without a copy
 *   image bitmap -> worker    one copy here, the JPEG there
 *   canvas                    everything here
 */

/** @typedef {{bytes: ArrayBuffer, light: number | null}} Encoded */
/** @typedef {{width: number, height: number, quality: number, measureLight: boolean}} EncodeOptions */
/** @typedef {"video-frame" | "image-bitmap" | "canvas"} Way */

/** @returns {Way[]} what this browser can do, best first */
function waysOfThisBrowser() {
  /** @type {Way[]} */ const ways = ["canvas"];
  if (typeof OffscreenCanvas === "undefined" || typeof Worker === "undefined") return ways;
  if (typeof createImageBitmap === "function") ways.unshift("image-bitmap");
  if (typeof VideoFrame === "function") ways.unshift("video-frame");
  return ways;
}

/** Where the worker's script is: the page names it if its scripts are bundled. */
function workerAddress() {
  const bundled = /** @type {HTMLScriptElement | null} */ (document.querySelector("script[data-encoder-worker]"));
  return bundled?.dataset.encoderWorker ?? new URL("./encoder_worker.js", import.meta.url);
}

/** The video shows nothing at this moment: its camera is being switched. */
export class NoPicture extends Error {}

export class FrameEncoder {
  #ways = waysOfThisBrowser();
  /** @type {Worker | null} */ #worker = null;
  /** @type {Map<number, {resolve: (encoded: Encoded) => void, reject: (error: Error) => void}>} */ #jobs = new Map();
  #nextJob = 0;
  /** @type {HTMLCanvasElement | null} */ #canvas = null;

  /** The way in use. */
  get way() {
    return this.#ways[0];
  }

  /**
   * @param {HTMLVideoElement} video
   * @param {VideoFrame | null} picture the one to encode, which moves to the worker; null for what the video shows
   * @param {EncodeOptions} options
   * @returns {Promise<Encoded>}
   * @throws {NoPicture} while there is nothing to encode, which is no fault of the way
   * @throws {Error} when no way works
   */
  async encode(video, picture, options) {
    for (;;) {
      if (!hasPicture(video)) throw new NoPicture();
      const way = this.#ways[0];
      try {
        return await this.#encodeBy(way, video, picture, options);
      } catch (error) {
        picture = null; // It went with the way that failed.
        if (!hasPicture(video)) throw new NoPicture(); // It went while this frame was being taken.
        this.#giveUp(way, error);
      }
    }
  }

  close() {
    this.#worker?.terminate();
    this.#worker = null;
    for (const job of this.#jobs.values()) job.reject(new Error("The encoder was closed."));
    this.#jobs.clear();
  }

  /**
   * @param {Way} way
   * @param {HTMLVideoElement} video
   * @param {VideoFrame | null} picture
   * @param {EncodeOptions} options
   * @returns {Promise<Encoded>}
   */
  async #encodeBy(way, video, picture, options) {
    if (way === "canvas") return this.#onCanvas(video, options);
    if (way === "video-frame") return this.#inWorker(picture ?? new VideoFrame(video), options);
    return this.#inWorker(await createImageBitmap(video), options);
  }

  /** The next way is taken from now on; without one, the error is thrown on. @param {Way} way @param {unknown} error */
  #giveUp(way, error) {
    if (this.#ways.length === 1) throw error;
    if (this.#ways[0] === way) this.#ways.shift();
  }

  /** @param {VideoFrame | ImageBitmap} picture @param {EncodeOptions} options @returns {Promise<Encoded>} */
  #inWorker(picture, options) {
    this.#worker ??= this.#startWorker();
    const id = this.#nextJob++;
    return new Promise((resolve, reject) => {
      this.#jobs.set(id, { resolve, reject });
      /** @type {Worker} */ (this.#worker).postMessage({ id, picture, ...options }, [picture]);
    });
  }

  #startWorker() {
    const worker = new Worker(workerAddress(), {
      type: "module",
      name: "JPEG encoder",
    });
    worker.onmessage = ({ data }) => {
      const job = this.#jobs.get(data.id);
      this.#jobs.delete(data.id);
      if (data.error) job?.reject(new Error(data.error));
      else job?.resolve({ bytes: data.bytes, light: data.light });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#worker === worker) this.close();
    };
    return worker;
  }

  /** @param {HTMLVideoElement} video @param {EncodeOptions} options @returns {Promise<Encoded>} */
  async #onCanvas(video, { width, height, quality }) {
    this.#canvas ??= document.createElement("canvas");
    const canvas = this.#canvas;
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d", { alpha: false })?.drawImage(video, 0, 0, width, height);
    const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) =>
      canvas.toBlob(resolve, "image/jpeg", quality),
    );
    if (!blob) throw new Error("This browser could not make a JPEG.");
    return { bytes: await blob.arrayBuffer(), light: null };
  }
}

/** @param {HTMLVideoElement} video */
function hasPicture(video) {
  return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}
