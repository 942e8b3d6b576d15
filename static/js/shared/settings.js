/** What the page remembers on this device, and what its address says in its place (`?size=1280x720&mirror=0`). Nothing is sent anywhere. */

const PREFIX = "raut.";
/** What the browser does not store (private windows, no space): it lasts until the page is closed. @type {Map<string, string>} */
const unstored = new Map();

/** What the address says, until it is changed by hand. 0 and 1 stand for off and on. */
const given = new URLSearchParams(location.search);
const SWITCHED = new Map([
  ["0", "off"],
  ["1", "on"],
]);

/**
 * @param {string} name
 * @returns {string | null} null when nothing is given and nothing remembered
 */
export function recall(name) {
  const said = given.get(name);
  if (said !== null) return SWITCHED.get(said) ?? said;
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
  given.delete(name);
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    unstored.set(name, value);
  }
}

/** @param {string} name */
export function forget(name) {
  given.delete(name);
  unstored.delete(name);
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // It was not stored either.
  }
}
