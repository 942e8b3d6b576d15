/** Who is in view on all cameras, as counts by expression, age and gender. */

import { byId, setText } from "../shared/elements.js";
import { integer, labelText } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { Bars } from "./bars.js";

/** @type {Record<string, (label: string) => string>} */
const WORDS = {
  expression: (label) => labelText("expression", label),
  age: (decade) => decade.replace("-", "–"),
  gender: (label) => labelText("gender", label),
};

export class People {
  #lists = Object.keys(WORDS).map((task) => ({ task, bars: new Bars(byId(`people-${task}`)) }));
  #root = byId("people");
  #total = byId("people-total");

  /** @param {import("./watch_connection.js").Snapshot} snapshot */
  update({ people, sessions }) {
    const faces = sessions.reduce((total, one) => total + one.faces, 0);
    this.#root.hidden = sessions.length === 0;
    setText(this.#total, t("people.total", { count: faces }));
    for (const { task, bars } of this.#lists) {
      const counts = Object.entries(people[task] ?? {});
      const whole = Math.max(1, ...counts.map(([, count]) => count));
      bars.show(
        counts.map(([label, value]) => ({ name: WORDS[task](label), value, text: integer(value) })),
        whole,
      );
    }
  }
}
