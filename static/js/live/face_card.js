/** One face's card: built once, then only its numbers change. */

import { make, setText } from "../shared/elements.js";
import { confidence, integer, labelText } from "../shared/format.js";
import { t } from "../shared/i18n.js";

/** @typedef {import("./face_registry.js").RegisteredFace} RegisteredFace */

export class FaceCard {
  #number = make("span", { class: "card-number" });
  #title = make("span");
  #top = make("dt");
  #topShare = make("dd");
  /** @type {Map<string, {row: HTMLElement, fill: HTMLElement, value: HTMLElement, drawn: string}>} */ #bars =
    new Map();
  #list = make("dl", { class: "bars" });
  #age = make("dd", { class: "trait-value" });
  #decade = make("dd", { class: "trait-detail" });
  #gender = make("dd", { class: "trait-value" });
  #genderShare = make("dd", { class: "trait-detail" });
  element = make(
    "li",
    { class: "card" },
    make("h3", { class: "card-head" }, this.#number, this.#title),
    make("dl", { class: "card-expression" }, this.#top, this.#topShare),
    this.#list,
    make(
      "div",
      { class: "card-traits" },
      make("dl", { class: "trait" }, make("dt", { text: t("face.age") }), this.#age, this.#decade),
      make("dl", { class: "trait" }, make("dt", { text: t("face.gender") }), this.#gender, this.#genderShare),
    ),
  );

  /**
   * @param {RegisteredFace} entry
   * @param {boolean} leaving not in the last results: shown faint until it is back or forgotten
   */
  update({ number, colour, shown }, leaving) {
    const { expression, age, gender } = shown;
    setText(this.#number, String(number));
    setText(this.#title, t("face.title", { number }));
    if (this.#number.style.backgroundColor !== colour) this.#number.style.backgroundColor = colour;
    this.element.toggleAttribute("data-leaving", leaving);

    setText(this.#top, labelText("expression", expression.label));
    setText(this.#topShare, t("face.share", { share: confidence(expression.scores[expression.label]) }));
    for (const [label, score] of Object.entries(expression.scores)) this.#bar(label, score, label === expression.label);

    setText(this.#age, t("face.years", { years: integer(age.years) }));
    setText(
      this.#decade,
      t("face.decade", { decade: age.decade.replace("-", "–"), share: confidence(decadeShare(age)) }),
    );
    setText(this.#gender, labelText("gender", gender.label));
    setText(this.#genderShare, t("face.share", { share: confidence(gender.scores[gender.label]) }));
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
    const bar = { row, fill, value, drawn: "" };
    this.#bars.set(label, bar);
    this.#list.append(row);
    return bar;
  }
}

/**
 * How sure the age network is of its decade.
 *
 * @param {RegisteredFace["face"]["age"]} age
 */
function decadeShare(age) {
  const decade = age.decade === "100+" ? 10 : Math.floor(Number.parseInt(age.decade, 10) / 10);
  return age.scores[decade];
}
