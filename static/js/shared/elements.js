/** Small helpers for the DOM. */

/**
 * An element of the page that must be there.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!found || (type && !(found instanceof type)))
    throw new Error(`The page has no element #${id} of the expected kind.`);
  return /** @type {T} */ (found);
}

/**
 * A new element.
 *
 * @param {string} tag
 * @param {{class?: string, text?: string}} [options]
 * @param {...Node} children
 * @returns {HTMLElement}
 */
export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  if (options.class) element.className = options.class;
  if (options.text !== undefined) element.textContent = options.text;
  element.append(...children);
  return element;
}

/**
 * Sets an element's text only when it changes: writing the same text again would cost a layout.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Sets a part's width only when it changes.
 *
 * @param {HTMLElement} element
 * @param {number} share of its parent's, 0 to 1
 */
export function setWidth(element, share) {
  const width = `${Number((100 * share).toFixed(1))}%`; // written as the browser gives it back
  if (element.style.width !== width) element.style.width = width;
}

/**
 * Sets one of an element's `data-` attributes only when it changes: writing the same again would cost a new look at its styles.
 *
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string} value
 */
export function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/**
 * Names a button that shows an icon only: for screen readers, and as its tip.
 *
 * @param {HTMLElement} button with a hidden text inside
 * @param {string} text
 */
export function nameButton(button, text) {
  setText(/** @type {Element} */ (button.querySelector(".visually-hidden")), text);
  button.title = text;
}
