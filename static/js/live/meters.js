/** The row of numbers: rates, round trip, drops, bytes. */

import { byId } from "../shared/elements.js";
import { decimal, finePercent, integer, milliseconds, NOTHING, size } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { MeterRow } from "../shared/meter_row.js";

/** What the paper reached, in results per second. */
export const PAPER_FPS = 12.86;

/** @typedef {import("../shared/meter_row.js").Reading} Reading */

const NAMES = /** @type {const} */ (["results", "camera", "display", "round_trip", "dropped", "sent"]);

export class Meters {
  #row = new MeterRow(byId("meters"), NAMES, (name) => t(`meter.${name}`));

  /**
   * @param {ReturnType<import("./session_metrics.js").SessionMetrics["snapshot"]>} figures
   * @param {{camera: {width: number, height: number}, frame: {width: number, height: number}}} sizes
   */
  update(figures, sizes) {
    this.#row.show({ ...rates(figures, sizes.camera), ...traffic(figures, sizes.frame) });
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
    this.#row.show({
      round_trip: { value: milliseconds(figures.round_trip_ms.p50), unit: t("unit.ms"), detail: "" },
      sent: { value, unit, detail: `${sent.width} × ${sent.height}` },
    });
  }

  /** No figures. */
  clear() {
    this.#row.show(Object.fromEntries(NAMES.map((name) => [name, { value: NOTHING }])));
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
      unit: Number.isFinite(p50) ? t("unit.ms") : "",
      detail: Number.isFinite(p95) ? t("meter.round_trip.detail", { p95: milliseconds(p95) }) : "",
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
      detail: perFrame.unit ? t("meter.sent.detail", { size: `${perFrame.value} ${perFrame.unit}`, ...frame }) : "",
    },
  };
}
