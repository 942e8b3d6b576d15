/** The session's results per second as a picture to keep: the line, its mean, and the paper's figure. Dark on white, for any page. */

import { decimal, integer, upToTwoDecimals } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { mean } from "../shared/stats.js";
import { PAPER_FPS } from "./meters.js";

/** @typedef {import("./session_record.js").SessionRecord} SessionRecord */

const WIDTH = 1200;
const HEIGHT = 560;
const PLOT = { left: 80, right: WIDTH - 40, top: 84, bottom: HEIGHT - 72 };
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const INK = "#15201d";
const SOFT = "#52605c";
const GRID = "#e3e9e6";
const LINE = "#0b6e69";
const PAPER = "#a8481f";

/**
 * @param {SessionRecord} record
 * @returns {HTMLCanvasElement}
 */
export function sessionChart({ seconds, rates }) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, WIDTH, HEIGHT);
  const first = seconds[0]?.second ?? 0;
  const length = Math.max(10, (seconds.at(-1)?.second ?? 0) - first);
  const top = 10 * Math.ceil(Math.max(30, ...rates) / 10);
  const x = (/** @type {number} */ second) => PLOT.left + ((PLOT.right - PLOT.left) * (second - first)) / length;
  const y = (/** @type {number} */ rate) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * rate) / top;

  drawTitle(context, seconds[0]?.time ?? new Date());
  drawAxes(context, { first, length, top, x, y });
  drawLine(context, seconds, x, y);
  drawRule(context, y(PAPER_FPS), PAPER, t("chart.paper", { fps: upToTwoDecimals(PAPER_FPS) }));
  if (rates.length > 0) drawRule(context, y(mean(rates)), LINE, t("session.chart.mean", { fps: decimal(mean(rates)) }));
  return canvas;
}

/** @param {CanvasRenderingContext2D} context @param {Date} startedAt */
function drawTitle(context, startedAt) {
  write(context, t("session.chart.title"), PLOT.left, 40, { size: 22, weight: 650, colour: INK });
  const when = startedAt.toLocaleString(document.documentElement.lang);
  write(context, `Raut · ${when}`, PLOT.right, 40, { align: "right" });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{first: number, length: number, top: number, x: (second: number) => number, y: (rate: number) => number}} scale
 */
function drawAxes(context, { first, length, top, x, y }) {
  context.strokeStyle = GRID;
  context.lineWidth = 1;
  for (let rate = 0; rate <= top; rate += 10) {
    line(context, [PLOT.left, y(rate)], [PLOT.right, y(rate)]);
    write(context, integer(rate), PLOT.left - 12, y(rate) + 5, { align: "right" });
  }
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const second = first + part * length;
    write(context, t("chart.ago", { seconds: integer(second) }), x(second), PLOT.bottom + 26, { align: "center" });
  }
  write(context, t("session.chart.axis"), (PLOT.left + PLOT.right) / 2, HEIGHT - 16, { align: "center" });
}

/**
 * A pause or an outage is a gap.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {SessionRecord["seconds"]} seconds
 * @param {(second: number) => number} x
 * @param {(rate: number) => number} y
 */
function drawLine(context, seconds, x, y) {
  context.strokeStyle = LINE;
  context.lineWidth = 2.5;
  context.lineJoin = "round";
  context.beginPath();
  let last = -Infinity;
  for (const { second, rate } of seconds) {
    if (rate === null) continue;
    if (second - last > 2) context.moveTo(x(second), y(rate));
    else context.lineTo(x(second), y(rate));
    last = second;
  }
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} at @param {string} colour @param {string} label */
function drawRule(context, at, colour, label) {
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash([8, 5]);
  line(context, [PLOT.left, at], [PLOT.right, at]);
  context.setLineDash([]);
  write(context, label, PLOT.right - 6, at - 8, { align: "right", colour });
}

/** @param {CanvasRenderingContext2D} context @param {[number, number]} from @param {[number, number]} to */
function line(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {{size?: number, weight?: number, colour?: string, align?: CanvasTextAlign}} [look]
 */
function write(context, text, x, y, { size = 15, weight = 400, colour = SOFT, align = "left" } = {}) {
  context.font = `${weight} ${size}px ${FONT}`;
  context.fillStyle = colour;
  context.textAlign = align;
  context.fillText(text, x, y);
}
