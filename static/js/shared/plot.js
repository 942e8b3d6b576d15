/** What the charts share: a uPlot over the last minute or minutes, as wide as its place, in the page's colours. */

import uPlot from "uplot";
import { make, setText } from "./elements.js";
import { integer, upToTwoDecimals } from "./format.js";
import { t } from "./i18n.js";
import { colour, onThemeChange } from "./theme.js";

const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** uPlot draws in device pixels. @param {number} cssPixels */
export const devicePixels = (cssPixels) => cssPixels * (window.devicePixelRatio || 1);

/** The axes' font, for what a chart writes itself, in device pixels. */
export const plotFont = () => FONT.replace("12px", `${devicePixels(12)}px`);

export class Plot {
  #place;
  #describe;
  #seconds;
  #tip = make("p", { class: "plot-tip" });
  /** @type {uPlot | null} */ #plot = null;
  /** @type {uPlot.AlignedData} */ #data = [[]];

  /**
   * @param {HTMLElement} place
   * @param {() => Pick<uPlot.Options, "series" | "hooks" | "bands"> & {range: uPlot.Range.Function, readout?: (point: number) => string}} describe
   *   asked at each `build`; its readout says in words what the data has at a point, for the pointer or the finger
   * @param {number} seconds how far back it reaches
   */
  constructor(place, describe, seconds) {
    this.#seconds = seconds;
    this.#place = place;
    this.#describe = describe;
    this.build();
    onThemeChange(() => this.build());
    new ResizeObserver(() => this.#resize()).observe(place);
  }

  /** @param {uPlot.AlignedData} data the first row is seconds of `performance.now()` */
  show(data) {
    this.#data = data;
    this.#plot?.setData(data);
  }

  /** Describes itself anew: its colours or its series are others now. @param {uPlot.AlignedData} [data] */
  build(data = this.#data) {
    this.#data = data;
    this.#plot?.destroy();
    const { series, hooks, bands, range, readout } = this.#describe();
    const axis = {
      stroke: colour("plot-text"),
      font: FONT,
      grid: { stroke: colour("plot-grid"), width: 1 },
      ticks: { show: false },
    };
    this.#plot = new uPlot(
      {
        width: this.#place.clientWidth || 300,
        height: this.#place.clientHeight || 240,
        padding: [10, 16, 0, 0],
        legend: { show: false },
        cursor: readout ? { y: false, points: { show: false }, drag: { x: false, y: false } } : { show: false },
        scales: { x: { time: false, range: (_, __, newest) => upTo(newest, this.#seconds) }, y: { range } },
        axes: [
          { ...axis, size: 32, gap: 10, space: 60, splits: everyQuarter, values: ago, grid: { show: false } },
          { ...axis, size: widthOf, gap: 6, space: 36, values: (_, splits) => splits.map(upToTwoDecimals) },
        ],
        series,
        hooks: readout ? { ...hooks, setCursor: [(plot) => this.#read(plot, readout)] } : hooks,
        bands,
      },
      this.#data,
      this.#place,
    );
    if (readout) this.#followFinger(this.#plot);
  }

  /** What is under the pointer, in words beside it. @param {uPlot} plot @param {(point: number) => string} readout */
  #read({ cursor: { idx, left = -1 }, over }, readout) {
    const text = typeof idx === "number" && left >= 0 ? readout(idx) : "";
    this.#tip.hidden = !text;
    if (!text) return;
    if (this.#tip.parentElement !== over) over.append(this.#tip);
    setText(this.#tip, text);
    this.#tip.toggleAttribute("data-left", left > over.clientWidth / 2);
  }

  /** uPlot follows a mouse; a finger that moves along the chart is followed here. @param {uPlot} plot */
  #followFinger(plot) {
    plot.over.addEventListener("pointermove", ({ pointerType, clientX }) => {
      if (pointerType !== "mouse") plot.setCursor({ left: clientX - plot.over.getBoundingClientRect().left, top: 0 });
    });
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#place;
    if (width > 0 && (width !== this.#plot?.width || height !== this.#plot?.height))
      this.#plot?.setSize({ width, height });
  }
}

/** @param {number} newest @param {number} seconds @returns {[number, number]} */
function upTo(newest, seconds) {
  return Number.isFinite(newest) ? [newest - seconds, newest] : [-seconds, 0];
}

/**
 * Ticks at fixed places on the chart: labels that move with the time are hard to read.
 *
 * @param {uPlot} _plot
 * @param {number} _axis
 * @param {number} from
 * @param {number} to
 */
function everyQuarter(_plot, _axis, from, to) {
  return [0, 1, 2, 3, 4].map((quarter) => from + ((to - from) * quarter) / 4);
}

/** How wide an axis is for its longest number, in CSS pixels. @param {uPlot} _plot @param {string[] | null} values */
const widthOf = (_plot, values) => Math.max(36, 12 + 7.5 * Math.max(0, ...(values ?? []).map((value) => value.length)));

/** @param {uPlot} _plot @param {number[]} splits */
function ago(_plot, splits) {
  const newest = splits[splits.length - 1];
  return splits.map((at) => t("chart.ago", { seconds: integer(Math.round(at - newest)) }));
}
