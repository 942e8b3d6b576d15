/** What is said of a face: the same words on the picture and on its card. */

import { confidence, labelText } from "../shared/format.js";
import { has, language, t } from "../shared/i18n.js";

/** @typedef {import("./tracks.js").Face} Face */

/**
 * An expression's label with its confidence; when two are too close to tell apart, both and no number.
 *
 * @param {Face["expression"]} expression
 * @returns {{label: string, share: string, likeliest: readonly string[]}}
 */
export function expressionWords({ label, scores, unsure, likeliest }) {
  if (!unsure || !likeliest)
    return { label: labelText("expression", label), share: confidence(scores[label]), likeliest: [label] };
  const [first, second] = likeliest.map((one) => labelText("expression", one).toLocaleLowerCase(language));
  return { label: t("face.unsure", { first, second }), share: "", likeliest };
}

/** @param {Face["age"]} age */
export function ageWords({ years, low, high }) {
  const about = t("face.about", { years: Math.round(years) });
  return { about, range: low === undefined || high === undefined ? "" : t("face.range", { low, high }) };
}

/** @param {Face["gender"]} gender */
export function genderWords({ label, scores }) {
  return { label: labelText("gender", label), share: confidence(scores[label]) };
}

/**
 * Why the labels are less reliable, and what helps.
 *
 * @param {string} quality as in the result
 * @param {boolean} live whether the person can do something about it
 * @returns {string} empty when all is well, or for a word of a newer server
 */
export function qualityWords(quality, live) {
  if (!has(`quality.${quality}`)) return "";
  const what = t(`quality.${quality}`);
  return live ? t("quality.with_help", { what, help: t(`quality.${quality}.help`) }) : what;
}
