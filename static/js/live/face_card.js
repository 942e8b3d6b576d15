/** One face's card: built once, then only its numbers change. */

import { make, setText } from "../shared/elements.js";
import { confidence, labelText } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { ageWords, expressionWords, genderWords, qualityWords } from "./face_words.js";
import { Ribbon } from "./ribbon.js";

/** @typedef {import("./face_registry.js").RegisteredFace} RegisteredFace */

export class FaceCard {
  #number = make("span", { class: "card-number" });
  #title = make("span");
  #top = make("dt");
  #topShare = make("dd");
  #quality = make("p", { class: "card-quality" });
  /** @type {Map<string, {row: HTMLElement, fill: HTMLElement, value: HTMLElement, drawn: string}>} */ #bars =
    new Map();
  #list = make("dl", { class: "bars" });
  #age = make("dd", { class: "trait-value" });
  #ageRange = make("dd", { class: "trait-detail" });
  #gender = make("dd", { class: "trait-value" });
  #genderShare = make("dd", { class: "trait-detail" });
  #ribbon = new Ribbon();
  element = make(
    "li",
    { class: "card" },
    make("h3", { class: "card-head" }, this.#number, this.#title),
    make("dl", { class: "card-expression" }, this.#top, this.#topShare),
    this.#quality,
    make(
      "div",
      { class: "card-body" },
      this.#list,
      this.#ribbon.element,
      make(
        "div",
        { class: "card-traits" },
        make("dl", { class: "trait" }, make("dt", { text: t("face.age") }), this.#age, this.#ageRange),
        make("dl", { class: "trait" }, make("dt", { text: t("face.gender") }), this.#gender, this.#genderShare),
      ),
    ),
  );

  /**
   * @param {RegisteredFace} entry
   * @param {{leaving: boolean, live: boolean, still: boolean}} how leaving: not in the last results, shown faint until it is back or
   *   forgotten; live: in front of a camera; still: the picture does not move
   * @param {number} now
   */
  update({ number, colour, shown, quality, history }, { leaving, live, still }, now) {
    setText(this.#number, String(number));
    setText(this.#title, t("face.title", { number }));
    if (this.#number.style.backgroundColor !== colour) this.#number.style.backgroundColor = colour;
    this.element.toggleAttribute("data-leaving", leaving);

    const { label, share, likeliest } = expressionWords(shown.expression);
    setText(this.#top, label);
    setText(this.#topShare, share && t("face.share", { share }));
    for (const [one, score] of Object.entries(shown.expression.scores)) this.#bar(one, score, likeliest.includes(one));

    const said = qualityWords(quality, live);
    setText(this.#quality, said);
    this.#quality.hidden = !said;

    this.#ribbon.element.hidden = still || history.moments.length < 2;
    if (!still) this.#ribbon.show(history, now);

    const { about, range } = ageWords(shown.age);
    setText(this.#age, about);
    setText(this.#ageRange, range);
    const gender = genderWords(shown.gender);
    setText(this.#gender, gender.label);
    setText(this.#genderShare, t("face.share", { share: gender.share }));
  }

  /** @param {string} label @param {number} score @param {boolean} top */
  #bar(label, score, top) {
    const bar = this.#bars.get(label) ?? this.#addBar(label);
    const drawn = score.toFixed(2);
    if (bar.drawn !== drawn) {
      bar.drawn = drawn;
      bar.fill.style.transform = `scaleX(${drawn})`;
      setText(bar.value, confidence(score));
    }
    bar.row.toggleAttribute("data-top", top);
  }

  /** @param {string} label */
  #addBar(label) {
    const fill = make("span", { class: "bar-fill" });
    const value = make("span", { class: "bar-value" });
    const track = make("span", { class: "bar-track" }, fill);
    track.setAttribute("aria-hidden", "true");
    const row = make(
      "div",
      { class: "bar" },
      make("dt", { text: labelText("expression", label) }),
      make("dd", {}, track, value),
    );
    row.dataset.expression = label;
    const bar = { row, fill, value, drawn: "" };
    this.#bars.set(label, bar);
    this.#list.append(row);
    return bar;
  }
}
