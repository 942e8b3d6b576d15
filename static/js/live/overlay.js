/**
 * Boxes and labels over the preview, looked at on every frame of the display and drawn anew when they have changed: a canvas that is drawn
 * on makes the browser compose the whole picture once more.
 */

import { FaceLabel } from "./face_label.js";
import { containedIn, onStage, placeLabel } from "./geometry.js";

/** @typedef {import("./geometry.js").Rect} Rect */
/** @typedef {Rect & {track: number, alpha: number, colour: string, label: Rect, lines: readonly string[]}} DrawnBox in CSS pixels of the stage */

/** A label's usual width, by its font size. */
const WIDE_LABEL = 11;
/** The button for the full screen lies in the upper right corner of the stage (see live.css), and over the labels. */
const BUTTON = 54;
/** A video file's own controls lie along the lower edge of the stage: how high, in CSS pixels. */
const CONTROLS = 72;
/** A box that would move by less than this, in CSS pixels, stays where it was drawn. */
const UNSEEN = 0.5;

export class Overlay {
  canvas;
  #context;
  #stage;
  #tracks;
  #registry;
  #onDrawn;
  /** @type {Map<number, FaceLabel>} */ #labels = new Map();
  #size = { width: 0, height: 0, ratio: 1 };
  #running = 0;
  /** What the canvas shows: equal words, equal pixels; no words, none. */ #shown = "";
  mirrored = true;
  /** Where the picture is, in the canvas's own pixels. */ picture = { x: 0, y: 0, w: 0, h: 0 };
  /** What was drawn last, for tests and for anyone curious. @type {DrawnBox[]} */ boxes = [];
  /** Milliseconds that the last drawings took, on the main thread. @type {number[]} */ costs = [];

  /**
   * @param {HTMLCanvasElement} canvas lying exactly over the picture
   * @param {Pick<import("./stage.js").Stage, "size" | "hasControls">} stage what is shown
   * @param {import("./tracks.js").Tracks} tracks
   * @param {import("./face_registry.js").FaceRegistry} registry
   * @param {(now: number) => void} onDrawn called after each drawing, with its time
   */
  constructor(canvas, stage, tracks, registry, onDrawn) {
    this.canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#stage = stage;
    this.#tracks = tracks;
    this.#registry = registry;
    this.#onDrawn = onDrawn;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  start() {
    if (!this.#running) this.#running = requestAnimationFrame((now) => this.#tick(now));
  }

  stop() {
    cancelAnimationFrame(this.#running);
    this.#running = 0;
    this.#labels.clear();
    this.#clear();
    this.boxes = [];
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    this.#size = { width, height, ratio };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.#shown = "";
  }

  /** @param {number} frameTime */
  #tick(frameTime) {
    this.#running = requestAnimationFrame((now) => this.#tick(now));
    const before = performance.now();
    this.#draw(Math.max(frameTime, before - 100));
    const after = performance.now();
    if (this.costs.push(after - before) > 600) this.costs.shift();
    this.#onDrawn(after);
  }

  #clear() {
    if (this.#shown === "") return;
    this.#shown = "";
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** @param {number} now */
  #draw(now) {
    const { width, height, ratio } = this.#size;
    if (ratio !== Math.min(window.devicePixelRatio || 1, 3)) this.#fit();
    const faces = this.#tracks.at(now);
    this.#forgetLabels(faces);
    const shown = this.#stage.size;
    const picture = containedIn(shown.width, shown.height, width, height);
    this.picture = { x: picture.x * ratio, y: picture.y * ratio, w: picture.w * ratio, h: picture.h * ratio };
    this.boxes = this.#placed(faces, picture);
    const wanted = this.boxes.map((box) => this.#described(box)).join("\n");
    if (wanted === this.#shown) return;
    this.#clear();
    this.#paint();
    this.#shown = wanted;
  }

  /**
   * Where each face's box and label belong.
   *
   * @param {readonly import("./tracks.js").DrawnFace[]} faces
   * @param {Rect} picture in CSS pixels of the stage
   * @returns {DrawnBox[]}
   */
  #placed(faces, picture) {
    const { width, height, ratio } = this.#size;
    const fontSize = Math.round(Math.max(13, Math.min(width / 46, 26)));
    const bounds = { x: picture.x + 4, y: picture.y + 4, w: picture.w - 8, h: picture.h - 8 };
    const snap = (/** @type {number} */ value) => Math.round(value * ratio) / ratio;

    // On a small picture with many faces there is room for their expressions only: the cards say the rest.
    const compact = faces.length * fontSize * WIDE_LABEL > picture.w;
    const boxes = faces.map(({ track, box }) => this.#held(track, onStage(box, picture, this.mirrored)));
    /** @type {Rect[]} */ const taken = [{ x: width - BUTTON, y: 0, w: BUTTON, h: BUTTON }];
    if (this.#stage.hasControls) taken.push({ x: 0, y: height - CONTROLS, w: width, h: CONTROLS });
    return faces.map(({ track, face, alpha }, i) => {
      const entry = this.#registry.get(track);
      const colour = entry?.colour ?? "#ffffff";
      const label = this.#labels.get(track) ?? new FaceLabel();
      this.#labels.set(track, label);
      const numbered = faces.length > 1 && entry !== undefined;
      const look = { number: entry?.number ?? 0, colour, numbered, compact };
      label.update(entry?.shown ?? face, look, { fontSize, ratio });
      const around = { labels: taken, faces: boxes.filter((_, other) => other !== i) };
      const place = placeLabel({ w: label.width, h: label.height }, boxes[i], bounds, around, label.place);
      label.place = place.place;
      taken.push(place);
      const at = { x: snap(place.x), y: snap(place.y), w: place.w, h: place.h };
      return { track, ...boxes[i], alpha, colour, label: at, lines: label.lines };
    });
  }

  /** The box as it was drawn last, if nobody would see the difference. @param {number} track @param {Rect} box */
  #held(track, box) {
    const last = this.boxes.find((one) => one.track === track);
    if (!last) return box;
    const moves = [box.x - last.x, box.y - last.y, box.x + box.w - last.x - last.w, box.y + box.h - last.y - last.h];
    if (moves.some((move) => Math.abs(move) >= UNSEEN)) return box;
    return { x: last.x, y: last.y, w: last.w, h: last.h };
  }

  /** All that decides which pixels a box and its label have. @param {DrawnBox} box */
  #described({ track, x, y, w, h, alpha, label }) {
    return [track, x, y, w, h, alpha, label.x, label.y, this.#labels.get(track)?.drawn].join(" ");
  }

  #paint() {
    const context = this.#context;
    context.setTransform(this.#size.ratio, 0, 0, this.#size.ratio, 0, 0);
    for (const box of this.boxes) {
      context.globalAlpha = box.alpha;
      this.#outline(box, box.colour);
      this.#labels.get(box.track)?.stamp(context, box.label.x, box.label.y);
    }
    context.globalAlpha = 1;
  }

  /**
   * A coloured line on a wider dark one: seen on any picture.
   *
   * @param {Rect} box
   * @param {string} colour
   */
  #outline(box, colour) {
    const context = this.#context;
    context.beginPath();
    context.roundRect(box.x, box.y, box.w, box.h, Math.min(14, box.w / 6));
    context.lineWidth = 5;
    context.strokeStyle = "rgb(8 14 12 / 55%)";
    context.stroke();
    context.lineWidth = 2.5;
    context.strokeStyle = colour;
    context.stroke();
  }

  /** @param {readonly {track: number}[]} faces */
  #forgetLabels(faces) {
    if (this.#labels.size <= faces.length) return;
    for (const track of this.#labels.keys())
      if (!faces.some((face) => face.track === track)) this.#labels.delete(track);
  }
}
