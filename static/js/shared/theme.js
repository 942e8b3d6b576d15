/** The style sheet's colours for what scripts draw, and the switch between light and dark. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** @typedef {"auto" | "light" | "dark"} Theme */

/** @type {Map<string, string>} */ const known = new Map();
const probe = document.createElement("span");
const changed = new EventTarget();
dark.addEventListener("change", announceChange);

/**
 * A colour of the style sheet as the page has it now: `light-dark()` is resolved.
 *
 * @param {string} name a custom property, without its dashes
 * @returns {string} empty if there is none of that name
 */
export function colour(name) {
  const found = known.get(name) ?? resolved(name);
  known.set(name, found);
  return found;
}

/** @param {string} name */
function resolved(name) {
  const root = document.documentElement;
  if (!getComputedStyle(root).getPropertyValue(`--${name}`)) return "";
  probe.style.color = `var(--${name})`;
  root.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The theme that was chosen; "auto" for the browser's. @returns {Theme} */
export function theme() {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "auto";
}

/** Whether the page is dark now. */
export const isDark = () => (theme() === "auto" ? dark.matches : theme() === "dark");

/** For all pages, in a cookie: so a page has its colours before its scripts run. @param {Theme} chosen */
export function chooseTheme(chosen) {
  const { dataset } = document.documentElement;
  if (chosen === "auto") delete dataset.theme;
  else dataset.theme = chosen;
  const age = chosen === "auto" ? 0 : 365 * 86_400;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in every browser
  document.cookie = `theme=${chosen}; path=/; max-age=${age}; samesite=lax`;
  announceChange();
}

function announceChange() {
  known.clear();
  changed.dispatchEvent(new Event("change"));
}

/** @param {() => void} onChange */
export function onThemeChange(onChange) {
  changed.addEventListener("change", onChange);
}

/** Whether people here prefer less motion, now and whenever that changes. @param {(reduced: boolean) => void} onKnown */
export function watchReducedMotion(onKnown) {
  onKnown(lessMotion.matches);
  lessMotion.addEventListener("change", () => onKnown(lessMotion.matches));
}
