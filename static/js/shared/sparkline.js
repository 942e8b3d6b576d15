/** A small line of recent values, without axes. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 32;

/** @param {string} name @param {Record<string, string>} attributes */
function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class Sparkline {
  root = shape("svg", {
    class: "sparkline",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
  });
  #area = shape("polygon", { class: "sparkline-area" });
  #line = shape("polyline", { class: "sparkline-line" });

  constructor() {
    this.root.append(this.#area, this.#line);
  }

  /**
   * @param {readonly number[]} values oldest first, one a second
   * @param {number} seconds how many the whole width has room for
   * @param {number} top the value at its upper edge
   * @param {string} summary in words
   */
  show(values, seconds, top, summary) {
    const step = WIDTH / Math.max(1, seconds - 1);
    const first = WIDTH - (values.length - 1) * step;
    const y = (/** @type {number} */ value) => HEIGHT - 1.5 - ((HEIGHT - 3) * Math.min(value, top)) / top;
    const points = values.map((value, i) => `${(first + i * step).toFixed(1)},${y(value).toFixed(1)}`);
    this.#line.setAttribute("points", points.join(" "));
    this.#area.setAttribute(
      "points",
      points.length ? `${first.toFixed(1)},${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}` : "",
    );
    this.root.setAttribute("aria-label", summary);
  }
}
