/** The server's own load over the last two minutes: results, processor, loop's lag, memory. */

import { byId, make, setText } from "../shared/elements.js";
import { decimal, integer, milliseconds, NOTHING, upToTwoDecimals } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { InSight } from "../shared/in_sight.js";
import { Plot } from "../shared/plot.js";
import { colour } from "../shared/theme.js";

const COLOURS = ["plot-line", "plot-second"];

/** @typedef {import("./watch_connection.js").Snapshot["load"]} Load */
/** @typedef {{name: string, plot: Plot, place: HTMLElement, values: Map<string, HTMLElement>}} Chart */
/** @typedef {"cpu_web" | "cpu_workers" | "memory_mb" | "lag_p50" | "lag_p99" | "fps"} Figure */

/**
 * Each chart: its figures, as the snapshot names them, how they are written, and the least that its axis reaches up to.
 *
 * @type {Record<string, {figures: Figure[], write: (value: number) => string, unit: string, top: number}>}
 */
const CHARTS = {
  results: { figures: ["fps"], write: decimal, unit: "unit.per_second", top: 30 },
  cpu: { figures: ["cpu_web", "cpu_workers"], write: upToTwoDecimals, unit: "", top: 1 },
  lag: { figures: ["lag_p50", "lag_p99"], write: milliseconds, unit: "unit.ms", top: 10 },
  memory: { figures: ["memory_mb"], write: integer, unit: "unit.mb", top: 200 },
};

export class LoadCharts {
  /** @type {Chart[]} */ #charts = [];
  #inSight = new InSight();

  /** @param {number} seconds how far back they reach */
  constructor(seconds) {
    for (const [name, { figures, top }] of Object.entries(CHARTS)) {
      const place = byId(`${name}-plot`);
      const describe = () => ({
        series: [{}, ...figures.map((_, i) => ({ stroke: colour(COLOURS[i]), width: 2, points: { show: false } }))],
        range: /** @type {import("uplot").Range.Function} */ ((_, __, most) => [0, niceTop(Math.max(top, most ?? 0))]),
      });
      this.#charts.push({ name, place, plot: new Plot(place, describe, seconds), values: this.#legend(name, figures) });
      this.#inSight.watch(place);
    }
  }

  /** @param {Load} load */
  update(load) {
    for (const chart of this.#charts) this.#inSight.write(chart.place, () => showChart(chart, load));
  }

  /** @param {string} name @param {string[]} figures */
  #legend(name, figures) {
    /** @type {Map<string, HTMLElement>} */ const values = new Map();
    figures.forEach((figure, i) => {
      const value = make("dd", { text: NOTHING });
      const term = make("dt", { class: figures.length > 1 ? `legend legend-${i + 1}` : "", text: t(`load.${figure}`) });
      byId(`${name}-figures`).append(make("div", {}, term, value));
      values.set(figure, value);
    });
    return values;
  }
}

/** @param {Chart} chart @param {Load} load */
function showChart({ name, plot, place, values }, { now, history }) {
  const { figures, write, unit } = CHARTS[name];
  const length = history[figures[0]].length;
  plot.show([Array.from({ length }, (_, i) => i + 1 - length), ...figures.map((figure) => history[figure])]);
  const suffix = unit ? ` ${t(unit)}` : "";
  for (const figure of figures) setText(/** @type {HTMLElement} */ (values.get(figure)), write(now[figure]) + suffix);
  const words = figures.map((figure) => `${t(`load.${figure}`)} ${write(now[figure])}${suffix}`).join(", ");
  place.setAttribute(
    "aria-label",
    t("load.summary", { title: byId(`${name}-title`).textContent ?? "", figures: words }),
  );
}

/** The next round number: 1, 2, 3, 5 times a power of ten. @param {number} value */
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 3, 5, 10].find((step) => step * power >= value - 1e-9) ?? 10);
}
