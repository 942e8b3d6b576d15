/** The row of numbers: rates, round trip, drops, bytes. */

import { byId, make, setText } from "../shared/elements.js";
import { decimal, finePercent, integer, milliseconds, NOTHING, size } from "../shared/format.js";
import { t } from "../shared/i18n.js";

/** What the paper reached, in results per second. */
export const PAPER_FPS = 12.86;

/** @typedef {{value: string, unit: string, detail: string, title?: string}} Reading */

const NAMES = /** @type {const} */ (["results", "camera", "display", "round_trip", "dropped", "sent"]);

export class Meters {
  /** @type {Map<string, {value: HTMLElement, unit: HTMLElement, detail: HTMLElement, root: HTMLElement}>} */ #meters =
    new Map();

  constructor() {
    const list = byId("meters");
    for (const name of NAMES) {
      const value = make("span", { class: "meter-value", text: NOTHING });
      const unit = make("span", { class: "meter-unit" });
      const detail = make("span", { class: "meter-detail" });
      const root = make(
        "div",
        { class: "meter" },
        make("dt", { text: t(`meter.${name}`) }),
        make("dd", {}, value, unit, detail),
      );
      root.dataset.meter = name;
      list.append(root);
      this.#meters.set(name, { value, unit, detail, root });
    }
  }

  /**
   * @param {ReturnType<import("./session_metrics.js").SessionMetrics["snapshot"]>} figures
   * @param {{camera: {width: number, height: number}, frame: {width: number, height: number}}} sizes
   */
  update(figures, sizes) {
    this.#show({ ...rates(figures, sizes.camera), ...traffic(figures, sizes.frame) });
  }

  /**
   * A still picture has no rates and drops nothing.
   *
   * @param {ReturnType<import("./session_metrics.js").SessionMetrics["snapshot"]>} figures
   * @param {{width: number, height: number}} sent
   */
  showPicture(figures, sent) {
    this.clear();
    const { value, unit } = size(figures.bytes_per_frame);
    this.#show({
      round_trip: { value: milliseconds(figures.round_trip_ms.p50), unit: t("unit.ms"), detail: "" },
      sent: { value, unit, detail: `${sent.width} × ${sent.height}` },
    });
  }

  /** No figures. */
  clear() {
    this.#show(Object.fromEntries(NAMES.map((name) => [name, { value: NOTHING, unit: "", detail: "" }])));
  }

  /** @param {Record<string, Reading>} readings */
  #show(readings) {
    for (const [name, { value, unit, detail, title = "" }] of Object.entries(readings)) {
      const meter = this.#meters.get(name);
      if (!meter) continue;
      setText(meter.value, value);
      setText(meter.unit, unit);
      setText(meter.detail, detail);
      if (meter.root.title !== title) meter.root.title = title;
    }
  }
}

/**
 * @param {ReturnType<import("./session_metrics.js").SessionMetrics["snapshot"]>} figures
 * @param {{width: number, height: number}} camera
 * @returns {Record<string, Reading>}
 */
function rates(figures, camera) {
  const times = decimal(figures.results_now / PAPER_FPS);
  return {
    results: {
      value: decimal(figures.results_now),
      unit: t("unit.per_second"),
      detail: t("meter.results.detail", { times }),
    },
    camera: {
      value: decimal(figures.camera_fps),
      unit: t("unit.fps"),
      detail: camera.width ? `${camera.width} × ${camera.height}` : "",
    },
    display: { value: integer(figures.display_fps), unit: t("unit.fps"), detail: t("meter.display.detail") },
  };
}

/**
 * @param {ReturnType<import("./session_metrics.js").SessionMetrics["snapshot"]>} figures
 * @param {{width: number, height: number}} frame
 * @returns {Record<string, Reading>}
 */
function traffic(figures, frame) {
  const { p50, p95 } = figures.round_trip_ms;
  const dropped = Object.values(figures.dropped).reduce((sum, count) => sum + count, 0);
  const rate = size(figures.bytes_per_second);
  const perFrame = size(figures.bytes_per_frame);
  return {
    round_trip: {
      value: milliseconds(p50),
      unit: t("unit.ms"),
      detail: t("meter.round_trip.detail", { p95: milliseconds(p95) }),
    },
    dropped: {
      value: integer(dropped),
      unit: t("unit.frames"),
      detail: t("meter.dropped.detail", { share: finePercent(dropped / Math.max(1, figures.counts.camera)) }),
      title: t("meter.dropped.title", figures.dropped),
    },
    sent: {
      value: rate.value,
      unit: `${rate.unit}${t("unit.per_second")}`,
      detail: frame.width ? t("meter.sent.detail", { size: `${perFrame.value} ${perFrame.unit}`, ...frame }) : "",
    },
  };
}
