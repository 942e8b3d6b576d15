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

/** So long a node that has gone is spoken of: who takes one away on purpose need not hear of it for ever. */
const REMEMBERED_MS = 120_000;
/** A node that goes so soon after another has come was renewed. */
const RENEWED_MS = 60_000;

/** Which nodes have gone without another one in their place: nobody else sees that one has died. */
export class NodeWatch {
  /** @type {Set<string> | null} */ #known = null;
  /** When others came, and have taken nobody's place yet. @type {number[]} */ #came = [];
  /** When one went whose place nobody has taken. @type {number[]} */ #went = [];

  /**
   * @param {readonly NodeFigures[]} nodes those that answer
   * @param {number} now
   * @returns {number} how many are missing
   */
  take(nodes, now) {
    const present = new Set(nodes.map(({ node }) => node));
    this.#came = this.#came.filter((at) => now - at < RENEWED_MS);
    this.#went = this.#went.filter((at) => now - at < REMEMBERED_MS);
    for (const node of present) if (this.#known && !this.#known.has(node) && !this.#went.shift()) this.#came.push(now);
    for (const node of this.#known ?? []) if (!present.has(node) && !this.#came.shift()) this.#went.push(now);
    this.#known = present;
    return this.#went.length;
  }
}
