/** What the page remembers on this device: the chosen camera and whether it is mirrored. Nothing is sent anywhere. */

const PREFIX = "raut.";
/** What the browser does not store (private windows, no space): it lasts until the page is closed. @type {Map<string, string>} */
const unstored = new Map();

/**
 * @param {string} name
 * @returns {string | null} null when nothing is remembered
 */
export function recall(name) {
  const kept = unstored.get(name) ?? null;
  try {
    return kept ?? localStorage.getItem(PREFIX + name);
  } catch {
    return kept;
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
    unstored.set(name, value);
  }
}

/** @param {string} name */
export function forget(name) {
  unstored.delete(name);
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // It was not stored either.
  }
}
