/** Why a frame or picture was dropped or refused, by the server's code. */

import { has, t } from "./i18n.js";

/**
 * @param {string | undefined} code
 * @param {string} [sentence] the server's own, for a code of a newer server
 * @returns {string} a few words in the page's language
 */
export function reasonText(code, sentence = (code ?? "").replaceAll("_", " ")) {
  const key = `reason.${code}`;
  return has(key) ? t(key) : sentence;
}
