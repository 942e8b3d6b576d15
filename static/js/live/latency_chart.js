/** Where a frame's time goes: its stages, stacked, over the last minute. */

import { byId, make, setText } from "../shared/elements.js";
import { milliseconds, NOTHING } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { Plot } from "../shared/plot.js";
import { colour } from "../shared/theme.js";
import { HISTORY_S, STAGES } from "./session_metrics.js";

/** @typedef {import("./session_metrics.js").SessionMetrics} SessionMetrics */

const LEAST_TOP_MS = 20;

/** Highest stack first: each area is drawn over the one above it, down to the axis. */
const TOP_DOWN = [...STAGES].reverse();

export class LatencyChart {
  #place = byId("latency-plot");
  /** @type {Map<string, HTMLElement>} */ #values = new Map();
  #plot = new Plot(
    this.#place,
    () => ({
      series: [{}, ...TOP_DOWN.map((stage) => ({ width: 0, fill: colour(`stage-${stage}`), points: { show: false } }))],
      range: (_, __, most) => [0, Math.max(LEAST_TOP_MS, Math.ceil(((most ?? 0) * 1.1) / 10) * 10)],
    }),
    HISTORY_S,
  );

  constructor() {
    const list = byId("latency-stages");
    for (const stage of STAGES) {
      const value = make("dd", { text: NOTHING });
      const row = make("div", {}, make("dt", { text: t(`latency.${stage}`) }), value);
      row.dataset.stage = stage;
      list.append(row);
      this.#values.set(stage, value);
    }
  }

  /** @param {SessionMetrics} metrics @param {number} now */
  update(metrics, now) {
    this.#plot.show([metrics.sampleTimes, ...stacked(metrics)]);
    const means = metrics.stageMeans(now);
    const words = STAGES.map((stage) => ({ stage, value: milliseconds(means[stage]) }));
    for (const { stage, value } of words) setText(/** @type {HTMLElement} */ (this.#values.get(stage)), value);
    const stages = words.map(({ stage, value }) => `${t(`latency.${stage}`)} ${value}`).join(", ");
    this.#place.setAttribute("aria-label", t("chart.latency.summary", { stages }));
  }
}

/**
 * Each stage on top of those before it.
 *
 * @param {SessionMetrics} metrics
 * @returns {(number | null)[][]} in the order of TOP_DOWN
 */
function stacked({ sampleStages, sampleTimes }) {
  /** @type {(number | null)[]} */ let below = sampleTimes.map(() => 0);
  const rows = STAGES.map((stage) => {
    below = sampleStages[stage].map((value, i) => (value === null ? null : value + (below[i] ?? 0)));
    return below;
  });
  return rows.reverse();
}
