/** A frame's stages. The server lists those of its workers, in order, in `hello` and in each snapshot. */

import { has, t } from "./i18n.js";
import { onServersMachine } from "./same_machine.js";

/**
 * All of a frame's time on the server: the wait for a worker, the worker's stages, and the remainder.
 *
 * @param {readonly string[]} workerStages as the server lists them
 */
export const onServer = (workerStages) => ["queue", ...workerStages, "other"];

/** A stage in the page's words; one of a newer server by its own name. @param {string} stage */
export function stageName(stage) {
  const key = `latency.${stage === "network" && onServersMachine() ? "transfer" : stage}`;
  return has(key) ? t(key) : stage;
}
