/** The cards of all faces in view, in a stable order. Cards that are no longer needed are reused. */

import { byId, make, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";
import { FaceCard } from "./face_card.js";

/** More cards would be hard to read: further faces are only counted. */
const MOST_CARDS = 8;

export class FacesPanel {
  #list = byId("faces");
  #empty = byId("faces-empty");
  #count = byId("faces-count");
  #more = make("li", { class: "cards-more" });
  /** @type {Map<number, FaceCard>} */ #cards = new Map();
  /** @type {FaceCard[]} */ #spare = [];
  #shown = "";

  /**
   * @param {[number, import("./face_registry.js").RegisteredFace][]} present everyone in view, in order
   * @param {number} now
   * @param {{still: boolean, live: boolean}} picture still: no face can have left; live: it is a camera's
   */
  update(present, now, { still, live }) {
    const visible = present.slice(0, MOST_CARDS);
    this.#recycle(visible);
    for (const [track, entry] of visible) {
      const card = this.#cards.get(track) ?? this.#spare.pop() ?? new FaceCard();
      this.#cards.set(track, card);
      card.update(entry, { leaving: !still && !entry.present, live, still }, now);
    }
    this.#arrange(visible, present.length);
  }

  /** @param {[number, import("./face_registry.js").RegisteredFace][]} visible */
  #recycle(visible) {
    const staying = new Set(visible.map(([track]) => track));
    for (const [track, card] of this.#cards) {
      if (staying.has(track)) continue;
      this.#cards.delete(track);
      this.#spare.push(card);
    }
  }

  /**
   * Changes the list only when a face came or left.
   *
   * @param {[number, import("./face_registry.js").RegisteredFace][]} visible
   * @param {number} total
   */
  #arrange(visible, total) {
    const wanted = `${visible.map(([track]) => track).join()}/${total}`;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    const elements = visible.map(([track]) => /** @type {FaceCard} */ (this.#cards.get(track)).element);
    if (total > visible.length) {
      setText(this.#more, t("face.more", { count: total - visible.length }));
      elements.push(this.#more);
    }
    this.#list.replaceChildren(...elements);
    this.#empty.hidden = total > 0;
    setText(this.#count, total > 0 ? String(total) : "");
  }
}
