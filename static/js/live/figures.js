/** The numbers and charts under the stage. */

import { FpsChart } from "./fps_chart.js";
import { LatencyChart } from "./latency_chart.js";
import { Meters } from "./meters.js";

/** @typedef {import("./session_metrics.js").SessionMetrics} SessionMetrics */
/** @typedef {{width: number, height: number}} Size */

export class Figures {
  #metrics;
  #meters = new Meters();
  #fps = new FpsChart();
  #latency = new LatencyChart();

  /** @param {SessionMetrics} metrics */
  constructor(metrics) {
    this.#metrics = metrics;
    this.showStages();
  }

  /** The server has said which stages it has. */
  showStages() {
    this.#latency.showStages(this.#metrics);
  }

  /**
   * A moving picture's figures, at this moment.
   *
   * @param {number} now
   * @param {{camera: Size, frame: Size}} sizes
   */
  update(now, sizes) {
    const snapshot = this.#metrics.snapshot(now);
    this.#meters.update(snapshot, sizes);
    this.#fps.update(this.#metrics, now);
    this.#latency.update(this.#metrics, now);
    return snapshot;
  }

  /** A still picture's figures: it has no rates. @param {number} now @param {Size} size of what was sent */
  showPicture(now, size) {
    this.#meters.showPicture(this.#metrics.snapshot(now), size);
    this.#fps.end(this.#metrics, now);
    this.#latency.update(this.#metrics, now);
  }

  /** Nothing runs any more: the charts stay, the present figures go. */
  end() {
    this.#meters.clear();
    this.#fps.end(this.#metrics, performance.now());
    this.#latency.end();
  }
}
