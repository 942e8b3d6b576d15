/** What a session was, when it has ended: a short summary, and what can be kept of it. */

import { byId, make } from "../shared/elements.js";
import { confidence, decimal, duration, integer, labelText, milliseconds } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { mean, percentile } from "../shared/stats.js";

/** Of fewer seconds there is nothing to say. */
const LEAST_S = 3;
const MOST_EXPRESSIONS = 3;

/** @typedef {import("./session_record.js").SessionRecord} SessionRecord */

export class Summary {
  #root = byId("summary");
  #figures = byId("summary-figures");

  /** @param {SessionRecord} record */
  show(record) {
    this.#root.hidden = record.seconds.length < LEAST_S;
    if (this.#root.hidden) return;
    this.#figures.replaceChildren(
      ...rows(record).map(([key, value]) => make("div", {}, make("dt", { text: t(key) }), make("dd", { text: value }))),
    );
  }

  hide() {
    this.#root.hidden = true;
  }
}

/** @param {SessionRecord} record @returns {[string, string][]} what, and how much */
function rows(record) {
  const { seconds, rates, expressions, mostFaces } = record;
  const roundTrip = percentile(seconds.map(({ roundTripMs }) => roundTripMs).filter(Number.isFinite), 50);
  const total = expressions.reduce((sum, [, count]) => sum + count, 0);
  const seen = expressions
    .slice(0, MOST_EXPRESSIONS)
    .map(([label, count]) => `${labelText("expression", label)} ${confidence(count / total)}`);
  return [
    ["summary.length", duration(seconds.length)],
    ["summary.rate", `${decimal(mean(rates))}${t("unit.per_second")}`],
    ["summary.round_trip", `${milliseconds(roundTrip)} ${t("unit.ms")}`],
    ["summary.faces", integer(mostFaces)],
    ["summary.expressions", seen.join(", ") || t("summary.none")],
  ];
}
