/** The style sheet's colours for what scripts draw, and the switch between light and dark. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {string} name a custom property, without its dashes
 * @returns {string}
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** @param {() => void} onChange */
export function onThemeChange(onChange) {
  dark.addEventListener("change", onChange);
}

/** Whether people here prefer less motion, now and whenever that changes. @param {(reduced: boolean) => void} onKnown */
export function watchReducedMotion(onKnown) {
  onKnown(lessMotion.matches);
  lessMotion.addEventListener("change", () => onKnown(lessMotion.matches));
}
