/** Analyses the pictures that are open, each once. */

import { AnalysisError, analyzePicture } from "./picture_analysis.js";

/** @typedef {import("./media_strip.js").MediaItem} MediaItem */

export class Pictures {
  /** @type {WeakMap<MediaItem, Promise<void>>} */ #pending = new WeakMap();
  #onDone;

  /** @param {(item: MediaItem) => void} onDone it has an answer or a problem now */
  constructor(onDone) {
    this.#onDone = onDone;
  }

  /**
   * Fills in a picture's `answer` or `problem`; one that failed before is tried again.
   *
   * @param {MediaItem} item
   */
  analyze(item) {
    const pending = this.#pending.get(item) ?? this.#analyze(item).finally(() => this.#pending.delete(item));
    this.#pending.set(item, pending);
    return pending;
  }

  /**
   * One after the other, so that a strip of fifty does not crowd out what the server does for others.
   *
   * @param {readonly MediaItem[]} items
   * @param {() => boolean} stillOpen
   */
  async analyzeAll(items, stillOpen) {
    for (const item of items) {
      if (!stillOpen()) return;
      if (item.kind === "picture") await this.analyze(item);
    }
  }

  /** @param {MediaItem} item */
  async #analyze(item) {
    if (item.answer) return;
    try {
      item.answer = await analyzePicture(item.file, item.address);
      item.problem = "";
    } catch (error) {
      item.problem = error instanceof AnalysisError ? error.message : String(error);
    }
    this.#onDone(item);
  }
}
