/** A row of numbers, each with its name, its unit and a detail: built once, then only its texts change. */

import { make, setText } from "./elements.js";
import { NOTHING } from "./format.js";

/**
 * @typedef {object} Reading
 * @property {string} value
 * @property {string} [unit]
 * @property {string} [detail]
 * @property {string} [title] what there is to say beside it, as a tip
 * @property {string} [state] as the style sheet knows it
 */

export class MeterRow {
  /** @type {Map<string, {root: HTMLElement, value: HTMLElement, unit: HTMLElement, detail: HTMLElement}>} */ #meters =
    new Map();

  /**
   * @param {HTMLElement} list
   * @param {readonly string[]} names in order
   * @param {(name: string) => string} label a name in the page's words
   */
  constructor(list, names, label) {
    for (const name of names) {
      const value = make("span", { class: "meter-value", text: NOTHING });
      const unit = make("span", { class: "meter-unit" });
      const detail = make("span", { class: "meter-detail" });
      const root = make(
        "div",
        { class: "meter" },
        make("dt", { text: label(name) }),
        make("dd", {}, value, unit, detail),
      );
      root.dataset.meter = name;
      list.append(root);
      this.#meters.set(name, { root, value, unit, detail });
    }
  }

  /** @param {Record<string, Reading>} readings by name; those that are left out stay as they are */
  show(readings) {
    for (const [name, { value, unit = "", detail = "", title = "", state = "" }] of Object.entries(readings)) {
      const meter = this.#meters.get(name);
      if (!meter) continue;
      setText(meter.value, value);
      setText(meter.unit, unit);
      setText(meter.detail, detail);
      if (meter.root.title !== title) meter.root.title = title;
      if ((meter.root.dataset.state ?? "") !== state) meter.root.dataset.state = state;
    }
  }
}
