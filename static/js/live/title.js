/** The page's title says what it does: a tab that is not seen is known by it. */

import { integer } from "../shared/format.js";
import { t } from "../shared/i18n.js";

const usual = document.title;

/** @param {import("./session.js").Session} session @param {number} [rate] results per second, where known */
export function showTitle({ state, paused }, rate = NaN) {
  const said = paused ? t("title.paused") : t("title.live", { rate: integer(rate) });
  const wanted = state === "live" ? said : usual;
  if (document.title !== wanted) document.title = wanted;
}
