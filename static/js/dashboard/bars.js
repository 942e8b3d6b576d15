/** A list of names with a bar and a number each: the rows stay, only their numbers change. */

import { make, setData, setText, setWidth } from "../shared/elements.js";

/** @typedef {{name: string, value: number, text: string, level?: string}} Bar */

export class Bars {
  /** @type {Map<string, {row: HTMLElement, fill: HTMLElement, value: HTMLElement}>} */ #rows = new Map();
  #names = "";

  /** @param {HTMLElement} list a `dl` */
  constructor(list) {
    this.list = list;
  }

  /** @param {Bar[]} bars @param {number} whole the value of a full bar */
  show(bars, whole) {
    this.#build(bars.map(({ name }) => name));
    for (const { name, value, text, level = "" } of bars) {
      const shown = this.#rows.get(name);
      if (!shown) continue;
      setText(shown.value, text);
      setWidth(shown.fill, Math.min(value, whole) / Math.max(whole, 1e-9));
      setData(shown.row, "level", level);
      setData(shown.row, "none", String(value === 0));
    }
  }

  /** @param {string[]} names */
  #build(names) {
    if (names.join("\n") === this.#names) return;
    this.#names = names.join("\n");
    this.#rows.clear();
    this.list.replaceChildren(...names.map((name) => this.#row(name)));
  }

  /** @param {string} name */
  #row(name) {
    const fill = make("span", { class: "bar-fill" });
    const value = make("span", { class: "bar-number" });
    const row = make(
      "div",
      { class: "bar-row" },
      make("dt", { text: name }),
      make("dd", {}, make("span", { class: "bar-room" }, fill), value),
    );
    this.#rows.set(name, { row, fill, value });
    return row;
  }
}
