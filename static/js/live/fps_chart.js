/** Results per second over the last minute, with the paper's figure and the target range drawn in. */

import { byId, setText } from "../shared/elements.js";
import { decimal, integer, upToTwoDecimals } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { devicePixels, Plot, plotFont } from "../shared/plot.js";
import { colour } from "../shared/theme.js";
import { PAPER_FPS } from "./meters.js";
import { HISTORY_S } from "./session_metrics.js";

/** @typedef {import("./session_metrics.js").SessionMetrics} SessionMetrics */

const AIM = { from: 24, to: 30 };
const LEAST_TOP = 34;
const FIGURES = /** @type {const} */ (["now", "average", "minimum", "p5"]);

export class FpsChart {
  #place = byId("fps-plot");
  #average = NaN;
  /** @type {{times: number[], rates: (number | null)[]}} */ #shown = { times: [], rates: [] };
  #plot = new Plot(
    this.#place,
    () => ({
      series: [{}, { stroke: colour("plot-line"), width: 2, points: { show: false } }],
      hooks: { drawClear: [(plot) => this.#behind(plot)], draw: [(plot) => this.#inFront(plot)] },
      readout: (point) => this.#read(point),
      range: (_, __, most) => [0, Math.max(LEAST_TOP, Math.ceil((most ?? 0) / 10) * 10)],
    }),
    HISTORY_S,
  );

  /** @param {SessionMetrics} metrics @param {number} now */
  update(metrics, now) {
    this.#show(metrics, metrics.rates(now));
  }

  /** The chart and its averages stay; there is no present rate any more. @param {SessionMetrics} metrics @param {number} now */
  end(metrics, now) {
    this.#show(metrics, { ...metrics.rates(now), now: NaN });
  }

  /** @param {SessionMetrics} metrics @param {ReturnType<SessionMetrics["rates"]>} rates */
  #show(metrics, rates) {
    this.#average = rates.average;
    this.#shown = { times: metrics.sampleTimes, rates: metrics.sampleRates };
    this.#plot.show([metrics.sampleTimes, metrics.sampleRates]);
    const words = Object.fromEntries(FIGURES.map((figure) => [figure, decimal(rates[figure])]));
    for (const figure of FIGURES) setText(byId(`fps-${figure}`), words[figure]);
    this.#place.setAttribute("aria-label", t("chart.fps.summary", { ...words, paper: upToTwoDecimals(PAPER_FPS) }));
  }

  /** @param {number} point of the last data */
  #read(point) {
    const { times, rates } = this.#shown;
    const rate = rates[point];
    const fps = rate === null || rate === undefined ? t("chart.nothing") : `${decimal(rate)}${t("unit.per_second")}`;
    return t("chart.at", { seconds: integer(Math.round(times[point] - times[times.length - 1])), what: fps });
  }

  /** The band to be in. @param {import("uplot")} plot */
  #behind(plot) {
    const { ctx, bbox } = plot;
    const top = plot.valToPos(AIM.to, "y", true);
    const bottom = plot.valToPos(AIM.from, "y", true);
    ctx.save();
    ctx.fillStyle = colour("plot-band");
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    ctx.restore();
  }

  /** The paper's line, the average, and their words. @param {import("uplot")} plot */
  #inFront(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.font = plotFont();
    ctx.textAlign = "left";
    ctx.textBaseline = "bottom";
    this.#rule(plot, PAPER_FPS, {
      stroke: colour("plot-paper"),
      dash: [6, 4],
      label: t("chart.paper", { fps: upToTwoDecimals(PAPER_FPS) }),
    });
    ctx.fillStyle = colour("plot-band-text");
    ctx.fillText(t("chart.band"), bbox.left + devicePixels(6), plot.valToPos(AIM.from, "y", true) - devicePixels(3));
    if (!Number.isNaN(this.#average))
      this.#rule(plot, this.#average, { stroke: colour("plot-line"), dash: [2, 3], label: "" });
    ctx.restore();
  }

  /**
   * @param {import("uplot")} plot
   * @param {number} value
   * @param {{stroke: string, dash: number[], label: string}} look
   */
  #rule({ ctx, bbox, valToPos }, value, { stroke, dash, label }) {
    const y = Math.round(valToPos(value, "y", true));
    ctx.strokeStyle = ctx.fillStyle = stroke;
    ctx.lineWidth = devicePixels(1.25);
    ctx.setLineDash(dash.map(devicePixels));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(label, bbox.left + devicePixels(6), y - devicePixels(3));
  }
}
