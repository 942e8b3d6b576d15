/** Numbers as this page writes them, in the page's language. */

import { has, language, t } from "./i18n.js";

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const upToOneDecimal = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const twoDecimals = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });

/** Shown where there is no number yet. */
export const NOTHING = "–";

/** @param {number} value */
export const integer = (value) => (Number.isFinite(value) ? whole.format(value) : NOTHING);

/** @param {number} value */
export const decimal = (value) => (Number.isFinite(value) ? oneDecimal.format(value) : NOTHING);

/** @param {number} value */
export const upToTwoDecimals = (value) => (Number.isFinite(value) ? twoDecimals.format(value) : NOTHING);

/** A share of 1 as "94 %", with a space that does not break, as everywhere in Raut. @param {Intl.NumberFormat} digits @param {number} share */
const percent = (digits, share) => (Number.isFinite(share) ? `${digits.format(100 * share)}\u00a0%` : NOTHING);

/**
 * A network's score, shown as 99 % at most: a softmax is never certain.
 *
 * @param {number} score 0 to 1
 */
export const confidence = (score) => percent(whole, Math.min(score, 0.99));

/** @param {number} fraction 0 to 1; small shares keep a decimal */
export const finePercent = (fraction) => percent(upToOneDecimal, fraction);

/**
 * Milliseconds, with a decimal below ten.
 *
 * @param {number} value
 */
export const milliseconds = (value) => (Math.abs(value) < 10 ? decimal(value) : integer(value));

/**
 * Bytes in kB or MB.
 *
 * @param {number} bytes
 * @returns {{value: string, unit: string}}
 */
export function size(bytes) {
  if (!Number.isFinite(bytes)) return { value: NOTHING, unit: "" };
  if (bytes >= 999_500) return { value: oneDecimal.format(bytes / 1e6), unit: "MB" };
  return { value: whole.format(bytes / 1e3), unit: "kB" };
}

const DURATIONS = /** @type {const} */ ([
  ["days", 86_400],
  ["hours", 3600],
  ["minutes", 60],
  ["seconds", 1],
]);

/**
 * A length of time in its largest full unit, rounded down.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  const { value, unit } = durationParts(seconds);
  return unit ? t("duration", { value, unit }) : value;
}

/**
 * The same, as a number and its unit.
 *
 * @param {number} seconds
 * @returns {{value: string, unit: string}}
 */
export function durationParts(seconds) {
  if (!Number.isFinite(seconds)) return { value: NOTHING, unit: "" };
  const [unit, length] = DURATIONS.find(([, length]) => seconds >= length) ?? ["seconds", 1];
  const count = Math.floor(seconds / length);
  return { value: integer(count), unit: t(`duration.${unit}`, { count }) };
}

/**
 * A model's label in the page's words.
 *
 * @param {"expression" | "gender"} task
 * @param {string} label as in the result
 */
export function labelText(task, label) {
  const key = task === "gender" ? `gender.${label}` : `expression.${label}`;
  return has(key) ? t(key) : label;
}
