/** The stage: a moving picture (camera, clip) or a still one, in its own shape, mirrored or not. */

import { byId } from "../shared/elements.js";

export class Stage {
  root = byId("stage");
  video = byId("preview", HTMLVideoElement);
  picture = byId("picture", HTMLImageElement);

  constructor() {
    this.video.addEventListener("resize", () => this.#fit());
  }

  /** What is shown. */
  get shown() {
    return this.picture.hidden ? this.video : this.picture;
  }

  /** The size of what is shown, in its own pixels; 0 × 0 for nothing. */
  get size() {
    const { video, picture } = this;
    if (!picture.hidden) return { width: picture.naturalWidth, height: picture.naturalHeight };
    return { width: video.videoWidth, height: video.videoHeight };
  }

  /** Whether the browser's own controls lie over the lower edge. */
  get hasControls() {
    return this.picture.hidden && this.video.controls;
  }

  /** @param {boolean} mirrored */
  set mirrored(mirrored) {
    this.video.classList.toggle("mirrored", mirrored);
  }

  /**
   * Plays a camera's stream or a file.
   *
   * @param {MediaStream | string} source a string is the file's address
   * @throws {DOMException} the browser cannot play it, or something else was asked for in the meantime
   */
  async play(source) {
    this.#clear();
    if (typeof source === "string") this.video.src = source;
    else this.video.srcObject = source;
    this.video.controls = typeof source === "string";
    await this.video.play();
    this.#fit();
  }

  /**
   * Shows a still picture.
   *
   * @param {string} address
   * @throws {DOMException} the browser cannot show it
   */
  async showPicture(address) {
    this.#clear();
    this.picture.src = address;
    await this.picture.decode();
    this.picture.hidden = false;
    this.#fit();
  }

  /** Nothing is shown, in the shape that it has at first. */
  empty() {
    this.#clear();
    this.root.style.aspectRatio = "";
  }

  #clear() {
    this.picture.hidden = true;
    this.picture.removeAttribute("src");
    this.video.pause();
    this.video.srcObject = null;
    this.video.controls = false;
    if (this.video.hasAttribute("src")) {
      this.video.removeAttribute("src");
      this.video.load(); // Lets go of the file.
    }
  }

  #fit() {
    const { width, height } = this.size;
    if (width > 0) this.root.style.aspectRatio = `${width} / ${height}`;
  }
}
