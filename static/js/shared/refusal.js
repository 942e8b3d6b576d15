/** What a page says when the server refuses its connection. */

import { has, t } from "./i18n.js";

/** A refused page asks again after so long. */
export const REFUSED_RETRY_MS = 5000;

/**
 * @param {Error & {data?: {code?: string, limit?: number}}} error as Socket.IO gives it
 * @returns {string} one sentence in the page's language, or the server's own
 */
export function refusalText(error) {
  const key = `refused.${error.data?.code}`;
  return has(key) ? t(key, { count: error.data?.limit ?? 0 }) : t("refused.other", { reason: error.message });
}
