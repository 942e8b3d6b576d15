/** What the page remembers on this device: the chosen camera and whether it is mirrored. Nothing is sent anywhere. */

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
    // The browser stores nothing: the choice lasts until the page is closed.
  }
}
