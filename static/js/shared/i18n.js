/** The page's words: looked up by key, filled in, and chosen by the language's plural rules. */

import { messages } from "raut/messages";

/** The page's language, as the server wrote it into `<html lang>`. */
export const language = document.documentElement.lang || "en";

const plurals = new Intl.PluralRules(language);

/**
 * The message for a key, with its `{placeholders}` filled in.
 *
 * @param {string} key a key of the message catalogue
 * @param {Record<string, string | number>} [values] what to fill in; `count` also chooses the plural form
 * @returns {string} the key itself if the catalogue lacks it, so that a gap is seen and nothing breaks
 */
export function t(key, values = {}) {
  const entry = messages[key];
  if (entry === undefined) return key;
  const text = typeof entry === "string" ? entry : (entry[plurals.select(Number(values.count))] ?? entry.other ?? key);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * Whether the catalogue has a key: a label that a newer model adds shows as it is.
 *
 * @param {string} key
 */
export function has(key) {
  return key in messages;
}
