/** Shows the open files on the stage, one at a time: pictures stand still, videos and the sample clip move. */

import { t } from "../shared/i18n.js";
import { itemsOf, MediaStrip } from "./media_strip.js";
import { Pictures } from "./pictures.js";
import { SampleClip, sampleItems } from "./sample.js";

/** @typedef {import("./media_strip.js").MediaItem} MediaItem */

export class FileView {
  #stage;
  #on;
  #strip = new MediaStrip((item) => void this.#show(item));
  #pictures = new Pictures((item) => this.#analyzed(item));
  #clip = new SampleClip();
  /** @type {MediaItem | null} */ #shown = null;
  #opening = 0;

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {object} on
   * @param {(name: string) => void} on.onMoving a video or the clip plays on the stage
   * @param {() => void} on.onStill a picture is on the stage
   * @param {(item: MediaItem) => void} on.onAnswer more is known of that picture
   * @param {(name: string) => void} on.onUnreadable the browser cannot show what was opened
   */
  constructor(stage, on) {
    this.#stage = stage;
    this.#on = on;
  }

  /** @param {readonly File[]} files */
  open(files) {
    this.#open(itemsOf(files), files.length);
  }

  /** @param {string} address of the portrait @throws {TypeError} the server is not reachable */
  async openSample(address) {
    const opening = this.#opening;
    const items = await sampleItems(address).catch((error) => {
      if (opening === this.#opening) throw error;
      return [];
    });
    // Something else may have been asked for in the meantime.
    if (opening === this.#opening) this.#open(items, items.length);
  }

  /** Lets go of all files. What is on the stage stays there. */
  close() {
    this.#opening += 1;
    this.#shown = null;
    this.#clip.close();
    this.#strip.close();
  }

  /** After an outage: pictures that could not be sent. */
  retry() {
    const item = this.#shown;
    if (item?.kind === "picture" && item.problem) void this.#pictures.analyze(item);
  }

  /** @param {MediaItem[]} items @param {number} chosen how many files were chosen */
  #open(items, chosen) {
    this.close();
    this.#strip.open(items, chosen - items.length);
    void this.#show(items[0]);
    void this.#pictures.analyzeAll(items, () => this.#strip.items === items);
  }

  /** @param {MediaItem} item */
  async #show(item) {
    this.#shown = item;
    this.#clip.close();
    this.#strip.mark(item);
    try {
      if (item.kind === "picture") await this.#showPicture(item);
      else await this.#play(item);
    } catch {
      if (this.#shown === item) this.#unreadable(item);
    }
  }

  /** One of several leaves the others open. @param {MediaItem} item */
  #unreadable(item) {
    if (this.#strip.items.length === 1) return this.#on.onUnreadable(item.name);
    item.problem = t("picture.unreadable");
    this.#strip.showResult(item);
    this.#on.onStill();
    this.#on.onAnswer(item);
  }

  /** @param {MediaItem} item */
  async #showPicture(item) {
    await this.#stage.showPicture(item.address);
    if (this.#shown !== item) return;
    this.#on.onStill();
    this.#on.onAnswer(item);
    if (!item.answer) void this.#pictures.analyze(item);
  }

  /** @param {MediaItem} item */
  async #play(item) {
    const source = item.kind === "clip" ? await this.#clip.open(item.address) : item.address;
    if (this.#shown !== item) return;
    await this.#stage.play(source);
    if (this.#shown === item) this.#on.onMoving(item.name);
  }

  /** @param {MediaItem} item */
  #analyzed(item) {
    this.#strip.showResult(item);
    if (item === this.#shown) this.#on.onAnswer(item);
  }
}
