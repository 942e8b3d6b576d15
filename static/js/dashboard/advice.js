/** What is wrong with the server at this moment, and what people can do about it. */

import { decimal, finePercent, integer, milliseconds } from "../shared/format.js";
import { t } from "../shared/i18n.js";

/** @typedef {import("./watch_connection.js").Snapshot} Snapshot */
/** @typedef {import("./watch_connection.js").SessionFigures} SessionFigures */
/** @typedef {"" | "warn" | "error"} Level */

/**
 * From which value on a figure is a warning, and from which an error: [warn, error].
 *
 * A person sees a label that is 150 ms late; at a third of a second it lags behind the face. An event loop that is 50 ms late delays
 * every camera's answers by as much.
 */
export const LIMITS = /** @type {const} */ ({
  latency: [150, 350],
  lag: [50, 200],
  dropped: [0.1, 0.4],
  cores: [0.85, 0.97],
  web: [0.8, 0.95],
  queue: [2, 6],
});

/** @param {number} value @param {keyof typeof LIMITS} name @returns {Level} */
export function level(value, name) {
  const [warn, error] = LIMITS[name];
  if (value >= error) return "error";
  return value >= warn ? "warn" : "";
}

/** The share of a session's frames that were dropped. @param {SessionFigures} session */
export const droppedShare = ({ dropped, received }) =>
  Object.values(dropped).reduce((total, count) => total + count, 0) / Math.max(1, received);

/** The mean use of the machine's cores, 0 to 1. @param {number[]} cores */
export const meanUse = (cores) => cores.reduce((total, share) => total + share, 0) / Math.max(1, cores.length);

/**
 * @param {Snapshot} snapshot
 * @param {number} [missing] how many nodes do not answer any more
 * @returns {{name: string, level: Level, text: string}[]} the worst first; empty when all is well
 */
export function advice(snapshot, missing = 0) {
  const ofServer = [
    workers(snapshot),
    cores(snapshot),
    web(snapshot),
    lag(snapshot),
    queue(snapshot),
    places(snapshot),
  ];
  const found = [nodes(missing), ...ofServer];
  const spoken = found.filter((one) => one.level !== "");
  return spoken.sort((a, b) => Number(b.level === "error") - Number(a.level === "error"));
}

/** @param {number} missing */
function nodes(missing) {
  return {
    name: "nodes",
    level: /** @type {Level} */ (missing ? "warn" : ""),
    text: t("advice.nodes", { count: missing }),
  };
}

/** @param {Snapshot} snapshot */
function workers({ workers: { alive, wanted } }) {
  const missing = wanted - alive;
  const text = t("advice.workers", { count: missing });
  return { name: "workers", level: missing > 0 ? /** @type {Level} */ ("error") : "", text };
}

/** @param {Snapshot} snapshot */
function cores({ load: { now } }) {
  const use = meanUse(now.machine_cores);
  return { name: "cores", level: level(use, "cores"), text: t("advice.cores", { share: finePercent(use) }) };
}

/** @param {Snapshot} snapshot */
function web({ load: { now } }) {
  return { name: "web", level: level(now.cpu_web, "web"), text: t("advice.web", { cores: decimal(now.cpu_web) }) };
}

/** @param {Snapshot} snapshot */
function lag({ load: { now } }) {
  return { name: "lag", level: level(now.lag_p99, "lag"), text: t("advice.lag", { ms: milliseconds(now.lag_p99) }) };
}

/** @param {Snapshot} snapshot */
function queue({ workers: { waiting, alive } }) {
  const each = waiting / Math.max(1, alive);
  return { name: "queue", level: level(each, "queue"), text: t("advice.queue", { count: waiting }) };
}

/** @param {Snapshot} snapshot */
function places({ connected, limits }) {
  const isFull = connected.camera >= limits.camera;
  const text = t("advice.places", { limit: integer(limits.camera) });
  return { name: "places", level: /** @type {Level} */ (isFull ? "warn" : ""), text };
}
