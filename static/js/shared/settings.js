/** What the page remembers on this device: the camera chosen, the mirror. Nothing else, and nothing leaves it. */

const PREFIX = "raut.";

/**
 * @param {string} name
 * @returns {string | null} null when nothing is remembered, or when the browser keeps nothing (private windows)
 */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Storage refused: the choice lasts as long as the page.
  }
}
