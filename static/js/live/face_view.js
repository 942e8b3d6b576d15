/** The faces in view: their boxes and labels on the picture, and their cards. Both change their words at the same moment. */

import { byId } from "../shared/elements.js";
import { FaceRegistry } from "./face_registry.js";
import { FacesPanel } from "./faces_panel.js";
import { Overlay } from "./overlay.js";
import { Tracks } from "./tracks.js";

/** @typedef {import("./connection.js").Result} Result */

export class FaceView {
  #tracks = new Tracks();
  #registry = new FaceRegistry();
  #panel = new FacesPanel();
  /** @type {import("./face_registry.js").RegisteredFace[]} */ #present = [];
  overlay;
  /** The picture is a camera's: people in view can do something about it. */ live = true;

  /**
   * @param {import("./stage.js").Stage} stage what is shown
   * @param {(now: number) => void} onDrawn called after each drawing, with its time
   */
  constructor(stage, onDrawn) {
    this.overlay = new Overlay(byId("overlay", HTMLCanvasElement), stage, this.#tracks, this.#registry, onDrawn);
  }

  /** Fades and blending. @param {boolean} smooth */
  set smooth(smooth) {
    this.#tracks.smooth = smooth;
  }

  /** The picture stands still: faces stay until the next result. @param {boolean} still */
  set still(still) {
    this.#tracks.still = this.#registry.still = still;
  }

  /**
   * @param {Result} result
   * @param {number} frameTime when its frame was shown
   * @param {number} now
   */
  take(result, frameTime, now) {
    this.#tracks.update(result.faces, result, frameTime, now);
    this.#registry.update(result.faces, now);
  }

  /** New words, on the picture and on the cards. @param {number} now @returns {number} how many faces are in view */
  refresh(now) {
    const present = this.#registry.refresh(now);
    this.#panel.update(present, now, { still: this.#registry.still, live: this.live });
    this.#present = present.map(([, entry]) => entry);
    return present.length;
  }

  /** Who is in view, in order, with the words that are shown. */
  get inView() {
    const seen = this.#present.filter(({ present }) => present);
    return seen.map(({ number, shown, quality }) => ({ number, face: shown, quality }));
  }

  clear() {
    this.#present = [];
    this.#tracks.clear();
    this.#registry.clear();
    this.#panel.update([], performance.now(), { still: false, live: this.live });
  }
}
