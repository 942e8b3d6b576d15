/**
 * A connection whose other end has fallen silent is replaced.
 *
 * Where a machine loses its power, or the network breaks, nobody closes the connection: Socket.IO notices when pings have failed to
 * come for 40 seconds. Whoever waits for an answer knows it sooner. Behind nginx another node answers the new connection.
 */

/** So long an answer may take before the connection is given up; twice as long each time that no answer has come since. */
const PATIENCE_MS = 4000;
const MOST_PATIENCE_MS = 40_000;

/** A timer that comes later than this was held up by the page itself, and so was the answer, perhaps. */
const HELD_UP_MS = 500;

export class Silence {
  #socket;
  #patience;
  #first;
  /** @type {number | null} */ #timer = null;

  /** @param {import("socket.io-client").Socket} socket @param {number} patience */
  constructor(socket, patience = PATIENCE_MS) {
    this.#socket = socket;
    this.#patience = this.#first = patience;
    socket.on("disconnect", () => this.#stop());
  }

  /** From now on something must come. */
  expect() {
    if (this.#timer !== null) return;
    const due = performance.now() + this.#patience;
    this.#timer = setTimeout(() => this.#fallenSilent(due), this.#patience);
  }

  /** Something has come. @param {boolean} more whether more must come */
  heard(more) {
    this.#stop();
    this.#patience = this.#first;
    if (more) this.expect();
  }

  #stop() {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @param {number} due */
  #fallenSilent(due) {
    this.#timer = null;
    if (performance.now() - due > HELD_UP_MS) {
      this.expect();
      return;
    }
    this.#patience = Math.min(2 * this.#patience, MOST_PATIENCE_MS);
    this.#socket.io.engine.close(); // Socket.IO then connects anew
  }
}
