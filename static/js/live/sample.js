/** The built-in sample: NASA's public-domain portrait of Eileen Collins, as a picture and as a clip in which it sways. */

import { t } from "../shared/i18n.js";

const FPS = 30;
const WIDTH = 640;
const HEIGHT = 480;
/** The portrait is drawn so much larger than the clip is wide: it can sway without showing an edge. */
const ZOOM = 1.25;
const SIDE = WIDTH * ZOOM;
const PERIOD_MS = 6000;

/**
 * @param {string} address of the portrait
 * @returns {Promise<import("./media_strip.js").MediaItem[]>} the clip, then the picture
 * @throws {TypeError} the server is not reachable
 */
export async function sampleItems(address) {
  const response = await fetch(address);
  if (!response.ok) throw new TypeError(`The sample gave ${response.status}.`);
  const file = await response.blob();
  const portrait = URL.createObjectURL(file);
  const shared = { file, address: portrait, answer: null, problem: "" };
  return [
    { ...shared, kind: "clip", name: t("sample.clip") },
    { ...shared, kind: "picture", name: t("sample.picture") },
  ];
}

/** Draws the clip for as long as it is open, and gives it as a camera would. */
export class SampleClip {
  #canvas = document.createElement("canvas");
  #timer = 0;

  /**
   * @param {string} address of the portrait
   * @returns {Promise<MediaStream>}
   */
  async open(address) {
    const portrait = await enlarged(address);
    this.close();
    this.#canvas.width = WIDTH;
    this.#canvas.height = HEIGHT;
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d", { alpha: false }));
    const draw = () => drawSwaying(context, portrait, performance.now());
    draw();
    this.#timer = setInterval(draw, 1000 / FPS);
    return this.#canvas.captureStream(FPS);
  }

  close() {
    clearInterval(this.#timer);
  }
}

/** The portrait in the size that it is drawn in: to enlarge it thirty times a second would cost more than all else. @param {string} address */
async function enlarged(address) {
  const portrait = new Image();
  portrait.src = address;
  await portrait.decode();
  return createImageBitmap(portrait, { resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: "high" });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ImageBitmap} portrait square
 * @param {number} now
 */
function drawSwaying(context, portrait, now) {
  const angle = (2 * Math.PI * now) / PERIOD_MS;
  const x = (WIDTH - SIDE) * (0.5 + 0.45 * Math.sin(angle));
  const y = -0.12 * HEIGHT * (0.5 + 0.5 * Math.sin(2 * angle));
  context.drawImage(portrait, Math.round(x), Math.round(y));
}
