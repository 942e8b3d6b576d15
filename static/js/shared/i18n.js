/** The page's words: looked up by key, filled in, and chosen by the language's plural rules. They come from `translations/`. */

/** The page's language, as the server wrote it into `<html lang>`. */
export const language = document.documentElement.lang || "en";

/**
 * `{name}` is filled in by `t(key, {name})`. A text with several forms is chosen by `{count}` under the language's plural rules.
 *
 * @type {Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>}
 */
const messages = await fetchMessages();

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

/** The page names their address, which changes with them: the browser may keep them. */
async function fetchMessages() {
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector("link#messages"));
  if (!link) throw new Error("The page names no messages.");
  const answer = await fetch(link.href);
  if (!answer.ok) throw new Error(`The page's texts did not come: ${answer.status}.`);
  return answer.json();
}
