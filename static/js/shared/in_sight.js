/** Writing only what can be seen: what is out of sight is written when it comes into sight, with the newest numbers. */

/** How far beyond the window's edge an element counts as in sight, so that it is there before it is looked at. */
const MARGIN = "150px";

export class InSight {
  /** @type {Set<Element>} */ #outOfSight = new Set();
  /** @type {Map<Element, () => void>} */ #waiting = new Map();
  #observer = new IntersectionObserver((entries) => this.#see(entries), { rootMargin: MARGIN });

  constructor() {
    window.addEventListener("beforeprint", () => this.#writeAll());
  }

  /** An element whose writing may wait; it counts as in sight until the browser says otherwise. @param {Element} element */
  watch(element) {
    this.#observer.observe(element);
  }

  /** @param {Element} element which is about to be removed */
  forget(element) {
    this.#observer.unobserve(element);
    this.#outOfSight.delete(element);
    this.#waiting.delete(element);
  }

  /**
   * Now, or as soon as the element is in sight; then only the newest is written.
   *
   * @param {Element} element
   * @param {() => void} write
   */
  write(element, write) {
    if (this.#outOfSight.has(element)) this.#waiting.set(element, write);
    else write();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #see(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) this.#outOfSight.add(target);
      else if (this.#outOfSight.delete(target)) this.#writeWaiting(target);
    }
  }

  /** @param {Element} element */
  #writeWaiting(element) {
    const write = this.#waiting.get(element);
    this.#waiting.delete(element);
    write?.();
  }

  #writeAll() {
    for (const element of [...this.#waiting.keys()]) this.#writeWaiting(element);
  }
}
