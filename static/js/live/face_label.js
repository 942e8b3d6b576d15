/**
 * A face's label as a small picture: drawn when its words change, copied onto the overlay at every display frame. Laying out the text
 * sixty times a second would be the overlay's largest cost.
 */

import { t } from "../shared/i18n.js";
import { ageWords, expressionWords, genderWords } from "./face_words.js";

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
/** @typedef {import("./tracks.js").Face} Face */

/** @typedef {{number: number, colour: string, numbered: boolean, compact: boolean}} Look */

/**
 * @param {Face} face
 * @param {boolean} compact the expression alone
 * @returns {[string, string]} the label's two lines; the second is empty for a compact one
 */
export function labelLines(face, compact) {
  const expression = expressionWords(face.expression);
  if (compact) return [face.expression.unsure ? t("face.unsure_short") : expression.label, ""];
  const gender = genderWords(face.gender);
  return [
    expression.share
      ? t("face_label.expression", { label: expression.label, share: expression.share })
      : expression.label,
    t("face_label.traits", { gender: gender.label, share: gender.share, age: ageWords(face.age).about }),
  ];
}

export class FaceLabel {
  #canvas = document.createElement("canvas");
  /** @type {Face | null} */ #face = null;
  #form = "";
  /** What its picture shows, in words: form and lines. */ drawn = "";
  /** Where it was placed last (see `placeLabel`). */
  place = 0;
  /** Its words. @type {readonly [string, string]} */ lines = ["", ""];
  width = 0;
  height = 0;

  /**
   * @param {Face} face
   * @param {Look} look
   * @param {{fontSize: number, ratio: number}} scale font size in CSS pixels, device pixels per CSS pixel
   */
  update(face, look, scale) {
    const form = `${look.numbered ? look.number : ""}|${look.compact}|${look.colour}|${scale.fontSize}|${scale.ratio}`;
    if (face === this.#face && form === this.#form) return;
    this.#face = face;
    this.#form = form;
    this.lines = labelLines(face, look.compact);
    const wanted = [form, ...this.lines].join("|");
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    this.#render(look, scale);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} x
   * @param {number} y
   */
  stamp(context, x, y) {
    context.drawImage(this.#canvas, x, y, this.width, this.height);
  }

  /**
   * @param {Look} look
   * @param {{fontSize: number, ratio: number}} scale
   */
  #render(look, { fontSize, ratio }) {
    const [first, second] = this.lines;
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    const small = Math.round(fontSize * 0.86);
    const fonts = [`650 ${fontSize}px ${FONT}`, `400 ${small}px ${FONT}`];
    const pad = Math.round(fontSize * 0.6);
    const badge = look.numbered ? Math.round(fontSize * 1.35) : 0;
    const indent = badge ? badge + Math.round(fontSize * 0.45) : 0;

    context.font = fonts[0];
    const firstWidth = context.measureText(first).width + indent;
    context.font = fonts[1];
    const width = Math.ceil(Math.max(firstWidth, context.measureText(second).width)) + 2 * pad;
    const firstLine = Math.round(fontSize * 1.3);
    const secondLine = second ? Math.round(small * 1.35) : 0;
    const height = firstLine + secondLine + Math.round(pad * 1.1);

    // The width hardly ever shrinks, so that a label does not change its size with every digit.
    this.width = Math.max(width, Math.min(this.width, width + fontSize * 2));
    this.height = height;
    this.#canvas.width = Math.ceil(this.width * ratio);
    this.#canvas.height = Math.ceil(height * ratio);
    context.scale(ratio, ratio);

    context.fillStyle = "rgb(8 14 12 / 82%)";
    context.beginPath();
    context.roundRect(0, 0, this.width, height, fontSize * 0.5);
    context.fill();
    context.textBaseline = "middle";
    const middle = pad * 0.55 + firstLine / 2;
    if (badge)
      drawBadge(context, String(look.number), look.colour, {
        x: pad,
        y: middle - badge / 2,
        size: badge,
        fontSize: small,
      });
    context.fillStyle = "#ffffff";
    context.font = fonts[0];
    context.fillText(first, pad + indent, middle + 0.5);
    context.fillStyle = "#d5dfdc";
    context.font = fonts[1];
    context.fillText(second, pad, pad * 0.55 + firstLine + small * 0.675);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {string} colour
 * @param {{x: number, y: number, size: number, fontSize: number}} at
 */
function drawBadge(context, text, colour, { x, y, size, fontSize }) {
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(x, y, size, size, size * 0.28);
  context.fill();
  context.fillStyle = "#0a0e0d";
  context.font = `700 ${fontSize}px ${FONT}`;
  context.textAlign = "center";
  context.fillText(text, x + size / 2, y + size / 2 + 0.5);
  context.textAlign = "left";
}
