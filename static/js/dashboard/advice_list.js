/** The lines of advice above the numbers: none while all is well. */

import { byId, make, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";
import { advice } from "./advice.js";
import { NodeWatch } from "./nodes.js";

export class AdviceList {
  #list = byId("advice");
  #spoken = byId("advice-spoken");
  /** @type {Map<string, HTMLElement>} */ #texts = new Map();
  #nodes = new NodeWatch();
  #shown = "";

  /** @param {import("./watch_connection.js").Snapshot} snapshot */
  update(snapshot) {
    const found = advice(snapshot, this.#nodes.take(snapshot.nodes ?? [], performance.now()));
    const names = found.map(({ name, level }) => `${name} ${level}`).join();
    if (names !== this.#shown) this.#build(found);
    this.#shown = names;
    for (const { name, text } of found) setText(/** @type {HTMLElement} */ (this.#texts.get(name)), text);
  }

  /** @param {ReturnType<typeof advice>} found */
  #build(found) {
    this.#texts.clear();
    this.#list.hidden = found.length === 0;
    this.#list.replaceChildren(...found.map((one) => this.#line(one)));
    // The numbers in a text change each second: a screen reader hears it once, when it comes.
    setText(this.#spoken, found.map(({ text }) => text).join(" "));
  }

  /** @param {ReturnType<typeof advice>[number]} one */
  #line({ name, level }) {
    const text = make("span");
    const word = make("strong", { text: t(level === "error" ? "advice.error" : "advice.warn") });
    const line = make("li", { class: "advice-line" }, word, document.createTextNode(" "), text);
    line.dataset.level = level;
    line.dataset.advice = name;
    this.#texts.set(name, text);
    return line;
  }
}
