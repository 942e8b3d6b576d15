/** Where a frame's time goes: its stages, stacked, over the last minute. */

import { byId, make, setText } from "../shared/elements.js";
import { integer, milliseconds, NOTHING } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { Plot } from "../shared/plot.js";
import { stageName } from "../shared/stages.js";
import { colour } from "../shared/theme.js";
import { HISTORY_S } from "./session_metrics.js";

/** @typedef {import("./session_metrics.js").SessionMetrics} SessionMetrics */

const LEAST_TOP_MS = 20;
/** Shorter stages are not named under the pointer. */
const LEAST_SAID_MS = 0.5;

export class LatencyChart {
  #place = byId("latency-plot");
  #list = byId("latency-stages");
  /** @type {readonly string[]} */ #stages = [];
  /** @type {Map<string, HTMLElement>} */ #values = new Map();
  /** @type {SessionMetrics | null} */ #metrics = null;
  #plot = new Plot(this.#place, () => this.#describe(), HISTORY_S);

  /** @param {SessionMetrics} metrics @param {number} now */
  update(metrics, now) {
    this.#metrics = metrics;
    this.showStages(metrics);
    this.#plot.show([metrics.sampleTimes, ...stacked(metrics)]);
    const means = metrics.stageMeans(now);
    const words = this.#stages.map((stage) => ({ stage, value: milliseconds(means[stage]) }));
    for (const { stage, value } of words) setText(/** @type {HTMLElement} */ (this.#values.get(stage)), value);
    const stages = words.map(({ stage, value }) => `${stageName(stage)} ${value}`).join(", ");
    this.#place.setAttribute("aria-label", t("chart.latency.summary", { stages }));
  }

  /** @param {number} point of the last data */
  #read(point) {
    const metrics = this.#metrics;
    if (!metrics) return "";
    const times = this.#stages.map((stage) => ({ stage, ms: metrics.sampleStages[stage][point] }));
    const known = times.filter(({ ms }) => ms !== null);
    const total = known.reduce((sum, { ms }) => sum + Number(ms), 0);
    const parts = known.filter(({ ms }) => Number(ms) >= LEAST_SAID_MS);
    const stages = parts.map(({ stage, ms }) => `${stageName(stage)} ${milliseconds(Number(ms))}`).join(", ");
    const what = known.length === 0 ? t("chart.nothing") : t("chart.latency.at", { ms: milliseconds(total), stages });
    const { sampleTimes } = metrics;
    return t("chart.at", {
      seconds: integer(Math.round(sampleTimes[point] - sampleTimes[sampleTimes.length - 1])),
      what,
    });
  }

  /** The chart stays; there are no present times any more. */
  end() {
    for (const value of this.#values.values()) setText(value, NOTHING);
  }

  /** The legend and the areas, when the server has said which stages there are. @param {SessionMetrics} metrics */
  showStages(metrics) {
    if (metrics.stages.join() === this.#stages.join()) return;
    this.#stages = metrics.stages;
    this.#values.clear();
    this.#list.replaceChildren(...this.#stages.map((stage) => this.#legend(stage)));
    this.#plot.build([metrics.sampleTimes, ...stacked(metrics)]);
  }

  /** @param {string} stage */
  #legend(stage) {
    const value = make("dd", { text: NOTHING });
    const row = make("div", {}, make("dt", { text: stageName(stage) }), value);
    row.dataset.stage = stage;
    this.#values.set(stage, value);
    return row;
  }

  #describe() {
    // The highest stack first: each area is drawn over the one above it, down to the axis.
    const topDown = [...this.#stages].reverse();
    return {
      series: [{}, ...topDown.map((stage) => ({ width: 0, fill: stageColour(stage), points: { show: false } }))],
      readout: (/** @type {number} */ point) => this.#read(point),
      range: /** @type {import("uplot").Range.Function} */ (
        (_, __, most) => [0, Math.max(LEAST_TOP_MS, Math.ceil(((most ?? 0) * 1.1) / 10) * 10)]
      ),
    };
  }
}

/** A stage that the style sheet does not know yet looks like the remainder. @param {string} stage */
const stageColour = (stage) => colour(`stage-${stage}`) || colour("stage-other");

/**
 * Each stage on top of those before it.
 *
 * @param {SessionMetrics} metrics
 * @returns {(number | null)[][]} the highest first
 */
function stacked({ stages, sampleStages, sampleTimes }) {
  /** @type {(number | null)[]} */ let below = sampleTimes.map(() => 0);
  const rows = stages.map((stage) => {
    below = sampleStages[stage].map((value, i) => (value === null ? null : value + (below[i] ?? 0)));
    return below;
  });
  return rows.reverse();
}
