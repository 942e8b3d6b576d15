/** The pictures and videos that are open, as a strip of small pictures: one is shown at a time. */

import { byId, make, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";

/** More would make the page slow on a phone. */
export const MOST_FILES = 50;

/**
 * @typedef {object} MediaItem
 * @property {"picture" | "video" | "clip"} kind a clip is the built-in sample
 * @property {string} name
 * @property {Blob} file empty for a clip
 * @property {string} address that the browser can show
 * @property {import("./picture_analysis.js").PictureAnswer | null} answer of a picture that was analysed
 * @property {string} problem why it was not, in words
 */

/**
 * @param {readonly File[]} files
 * @returns {MediaItem[]}
 */
export function itemsOf(files) {
  return files.slice(0, MOST_FILES).map((file) => ({
    kind: file.type.startsWith("video/") ? "video" : "picture",
    name: file.name,
    file,
    address: URL.createObjectURL(file),
    answer: null,
    problem: "",
  }));
}

export class MediaStrip {
  #list = byId("strip");
  #onChosen;
  /** @type {readonly MediaItem[]} */ items = [];
  /** @type {Map<MediaItem, {button: HTMLElement, badge: HTMLElement}>} */ #buttons = new Map();

  /** @param {(item: MediaItem) => void} onChosen */
  constructor(onChosen) {
    this.#onChosen = onChosen;
  }

  /** @param {readonly MediaItem[]} items @param {number} leftOut files that were chosen as well */
  open(items, leftOut) {
    this.close();
    this.items = items;
    this.#list.replaceChildren(...items.map((item) => this.#entry(item)));
    if (leftOut > 0)
      this.#list.append(make("li", { class: "strip-more", text: t("strip.left_out", { count: leftOut }) }));
    this.#list.hidden = items.length < 2;
  }

  close() {
    for (const { address } of this.items) URL.revokeObjectURL(address);
    this.items = [];
    this.#buttons.clear();
    this.#list.replaceChildren();
    this.#list.hidden = true;
  }

  /** @param {MediaItem} item the one that is shown */
  mark(item) {
    for (const [other, { button }] of this.#buttons) {
      if (other === item) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    this.#buttons.get(item)?.button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Shows how many faces a picture has. @param {MediaItem} item */
  showResult(item) {
    const shown = this.#buttons.get(item);
    if (!shown) return;
    const text = item.answer ? t("strip.faces", { count: item.answer.result.faces.length }) : t("strip.problem");
    setText(shown.badge, text);
  }

  /** @param {MediaItem} item */
  #entry(item) {
    const button = make("button", { class: "strip-item" });
    const badge = make("span", { class: "strip-badge" });
    const name = make("span", { class: "strip-name", text: item.name });
    button.setAttribute("type", "button");
    button.title = item.name;
    button.append(thumbnail(item));
    button.toggleAttribute("data-moves", item.kind !== "picture");
    button.append(name, badge);
    button.addEventListener("click", () => this.#onChosen(item));
    this.#buttons.set(item, { button, badge });
    return make("li", {}, button);
  }
}

/** A picture, or a video's first frame; nothing where the browser cannot show it. @param {MediaItem} item */
function thumbnail({ address, kind }) {
  const shown = document.createElement(kind === "video" ? "video" : "img");
  shown.src = address;
  shown.setAttribute("aria-hidden", "true");
  if (shown instanceof HTMLVideoElement) {
    shown.preload = "metadata";
    shown.muted = true;
    shown.tabIndex = -1;
  }
  shown.addEventListener("error", () => shown.remove());
  return shown;
}
