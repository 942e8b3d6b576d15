/** The share page: how many are connected, and links that copy themselves. */

import { byId, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";

const EVERY_MS = 2000;

const number = byId("connected");

async function showConnected() {
  if (document.hidden) return;
  try {
    const response = await fetch("/api/share");
    if (response.status === 401) location.reload(); // The links have changed: the server's page says what to do.
    if (response.ok) setText(number, String((await response.json()).cameras));
  } catch {
    setText(number, t("share.unknown"));
  }
}

/** @param {HTMLElement} button */
async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy ?? "");
  setText(button, t("share.copied"));
  setTimeout(() => setText(button, t("share.copy")), 2000);
}

for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-copy]"))) {
  button.hidden = !navigator.clipboard; // absent on plain http
  button.addEventListener("click", () => void copy(button));
}
setInterval(showConnected, EVERY_MS);
void showConnected();
