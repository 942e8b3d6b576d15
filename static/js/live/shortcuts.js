/** Single keys that act on the page. They can be turned off: some people's software types for them. */

import { recall } from "../shared/settings.js";

/** The setting's name: "off" turns them off. */
export const SHORTCUTS = "shortcuts";

const TYPED_INTO = "input:not([type=checkbox]), select, textarea, [contenteditable]";
/** What the space bar itself acts on. */
const PRESSED_BY_SPACE = "button, a, summary, input, video";

/** @param {Record<string, () => void>} actions by key, in lower case */
export function listenToKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key.toLowerCase()];
    if (!action || isMeantForElse(event)) return;
    event.preventDefault();
    action();
  });
}

/** @param {KeyboardEvent} event */
function isMeantForElse({ key, target, ctrlKey, metaKey, altKey, repeat }) {
  if (ctrlKey || metaKey || altKey || repeat || recall(SHORTCUTS) === "off") return true;
  if (document.querySelector("dialog[open]")) return true;
  return target instanceof Element && target.closest(key === " " ? PRESSED_BY_SPACE : TYPED_INTO) !== null;
}
