/** The dashboard's first row: what the whole server does at this moment. */

import { byId } from "../shared/elements.js";
import { decimal, durationParts, finePercent, integer, milliseconds } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { MeterRow } from "../shared/meter_row.js";
import { level } from "./advice.js";
import { cameraName } from "./camera_name.js";

/** @typedef {import("./watch_connection.js").Snapshot} Snapshot */
/** @typedef {import("../shared/meter_row.js").Reading} Reading */

const NAMES = /** @type {const} */ ([
  "cameras",
  "faces",
  "results",
  "latency",
  "dropped",
  "errors",
  "workers",
  "uptime",
]);

export class Overview {
  #row = new MeterRow(byId("overview"), NAMES, (name) => t(`overview.${name}`));

  /** @param {Snapshot} snapshot */
  update(snapshot) {
    this.#row.show({ ...cameras(snapshot), ...counts(snapshot) });
  }
}

/** @param {Snapshot} snapshot @returns {Record<string, Reading>} */
function cameras({ sessions, connected, limits, load, totals }) {
  const slowest = sessions.reduce(
    (most, one) => ((one.ms.server?.p95 ?? 0) > (most?.ms.server?.p95 ?? 0) ? one : most),
    sessions[0],
  );
  return {
    cameras: {
      value: integer(sessions.length),
      detail: t("overview.cameras.detail", { count: connected.camera, limit: integer(limits.camera) }),
    },
    faces: { value: integer(sessions.reduce((sum, { faces }) => sum + faces, 0)), detail: t("overview.faces.detail") },
    results: {
      value: decimal(load.now.fps),
      unit: t("unit.per_second"),
      detail: t("overview.results.detail", { count: integer(totals.answered) }),
    },
    latency: {
      value: milliseconds(slowest?.ms.server?.p95 ?? NaN),
      unit: slowest ? t("unit.ms") : "",
      detail: slowest ? t("overview.latency.detail", { camera: cameraName(slowest) }) : "",
      state: level(slowest?.ms.server?.p95 ?? 0, "latency"),
    },
  };
}

/** @param {Snapshot} snapshot @returns {Record<string, Reading>} */
function counts({ totals, workers, uptime_s: uptime, connected }) {
  const refused = Object.values(totals.refused).reduce((sum, count) => sum + count, 0);
  const missing = workers.alive < workers.wanted;
  return {
    dropped: {
      value: integer(totals.dropped),
      detail: t("overview.dropped.detail", {
        share: finePercent(totals.dropped / Math.max(1, totals.received)),
        count: integer(totals.received),
      }),
      state: level(totals.dropped / Math.max(1, totals.received), "dropped"),
    },
    errors: { value: integer(totals.errors), detail: t("overview.errors.detail", { count: refused }) },
    workers: {
      value: integer(workers.alive),
      unit: t("unit.of", { count: integer(workers.wanted) }),
      detail: t("overview.workers.detail", { replaced: integer(workers.replaced), count: workers.waiting }),
      state: missing ? "error" : "",
    },
    uptime: {
      ...durationParts(uptime),
      detail: t("overview.uptime.detail", { count: totals.sessions, watchers: integer(connected.watch) }),
    },
  };
}
