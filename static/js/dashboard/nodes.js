/** Several nodes as one server: which they are, and which of them a camera is on. */

import { decimal } from "../shared/format.js";
import { t } from "../shared/i18n.js";

/** @typedef {{node: string, cameras: number, fps: number, workers: number, waiting: number}} NodeFigures */

/** A node's id is made up at random; its beginning tells the few nodes apart. @param {string} node */
export const nodeName = (node) => t("session.node", { node: node.slice(0, 4) });

/**
 * How many nodes answer, and what each does.
 *
 * @param {readonly NodeFigures[]} [nodes] none where the server is one by itself
 * @returns {string} empty for fewer than two
 */
export function nodesLine(nodes = []) {
  if (nodes.length < 2) return "";
  const each = nodes.map(({ node, fps }) => `${nodeName(node)} (${decimal(fps)}${t("unit.per_second")})`);
  return t("machine.nodes", { count: nodes.length, nodes: each.join(", ") });
}
