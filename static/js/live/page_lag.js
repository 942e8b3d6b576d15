/** How late this page's own timers run: what a busy device adds to every round trip, and no network does. */

const EVERY_MS = 100;

export class PageLag {
  /** Milliseconds, averaged over about a second. */ ms = 0;

  constructor() {
    this.#wait();
  }

  #wait() {
    const due = performance.now() + EVERY_MS;
    setTimeout(() => {
      const late = Math.max(0, performance.now() - due);
      // Browsers slow a hidden page's timers down on purpose: that says nothing about the device.
      this.ms = document.hidden ? 0 : this.ms + 0.12 * (late - this.ms);
      this.#wait();
    }, EVERY_MS);
  }
}
