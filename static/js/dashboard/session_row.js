/** One camera session on the dashboard: its row of figures, and its latency by stage under it. */

import { make, setData, setText } from "../shared/elements.js";
import { decimal, duration, integer, milliseconds } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { reasonText } from "../shared/reasons.js";
import { Sparkline } from "../shared/sparkline.js";
import { droppedShare, level } from "./advice.js";
import { cameraName } from "./camera_name.js";
import { nodeName } from "./nodes.js";
import { SessionStages } from "./session_stages.js";

/** @typedef {import("./watch_connection.js").SessionFigures} SessionFigures */

/** The columns, in order. Those with a value can be sorted by it. @type {Record<string, ((session: SessionFigures) => number) | null>} */
export const COLUMNS = {
  number: ({ number }) => number,
  fps: ({ fps }) => -fps,
  history: null,
  faces: ({ faces }) => -faces,
  p50: ({ ms }) => -(ms.server?.p50 ?? 0),
  p95: ({ ms }) => -(ms.server?.p95 ?? 0),
  stages: null,
  dropped: ({ dropped }) => -sum(dropped),
  errors: ({ errors }) => -sum(errors),
  since: ({ since }) => since,
};

/** @param {Record<string, number>} counts */
const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);

export class SessionRow {
  #spark = new Sparkline();
  #stages = new SessionStages();
  #name = make("span", { class: "row-name" });
  #own = make("span", { class: "own", text: t("session.own") });
  #node = make("span", { class: "node" });
  #toggle = /** @type {HTMLButtonElement} */ (
    make("button", { class: "row-toggle" }, this.#name, this.#node, this.#own)
  );
  /** @type {Record<string, HTMLElement>} */ #values = {};
  #reasons = make("p", { class: "reasons" });
  /** @type {Pick<SessionFigures, "dropped" | "errors">} */ #counts = { dropped: {}, errors: {} };
  row = make("tr", { class: "session" });
  detail = make("tr", { class: "session-detail" });

  /** @param {number} number @param {boolean} open show the stages at once */
  constructor(number, open) {
    this.row.setAttribute("role", "row");
    this.row.dataset.session = String(number);
    for (const column of Object.keys(COLUMNS)) this.row.append(this.#cell(column));
    this.#toggle.type = "button";
    this.#toggle.setAttribute("aria-controls", `stages-${number}`);
    this.#toggle.addEventListener("click", () => this.#open(this.detail.hidden !== false));
    this.#buildDetail(number);
    this.#open(open);
  }

  /**
   * @param {SessionFigures} session
   * @param {{now: number, seconds: number, top: number, isOwn: boolean}} about the time, the sparkline's width and height, and whose it is
   * @param {readonly string[]} workerStages
   */
  update(session, { now, seconds, top, isOwn }, workerStages) {
    const texts = {
      fps: decimal(session.fps),
      faces: integer(session.faces),
      p50: milliseconds(session.ms.server?.p50 ?? NaN),
      p95: milliseconds(session.ms.server?.p95 ?? NaN),
      dropped: integer(sum(session.dropped)),
      errors: integer(sum(session.errors)),
      since: duration(Math.max(0, now - session.since)),
    };
    for (const [column, text] of Object.entries(texts)) setText(this.#values[column], text);
    setText(this.#name, cameraName(session));
    this.#own.hidden = !isOwn;
    this.#node.hidden = !session.node;
    setText(this.#node, session.node ? nodeName(session.node) : "");
    setData(this.#values.p95, "level", level(session.ms.server?.p95 ?? 0, "latency"));
    setData(this.#values.dropped, "level", level(droppedShare(session), "dropped"));
    this.#showHistory(session.history, seconds, top);
    this.#stages.update(session.ms, workerStages);
    this.#counts = session;
    if (!this.detail.hidden) this.#showDetail();
  }

  /** @param {string} column */
  #cell(column) {
    const cell = make(column === "number" ? "th" : "td", { class: `cell cell-${column}` });
    cell.setAttribute("role", column === "number" ? "rowheader" : "cell");
    if (column === "number") cell.append(this.#toggle);
    else {
      const label = make("span", { class: "cell-label", text: t(`session.${column}`) });
      const value = make("span", { class: "cell-value", text: "" });
      if (column === "history") value.append(this.#spark.root);
      if (column === "stages") value.append(this.#stages.bar);
      this.#values[column] = value;
      cell.append(label, value);
    }
    return cell;
  }

  /** @param {number} number */
  #buildDetail(number) {
    const cell = make("td", { class: "cell-detail" }, this.#stages.list, this.#reasons);
    /** @type {HTMLTableCellElement} */ (cell).colSpan = Object.keys(COLUMNS).length;
    cell.setAttribute("role", "cell");
    this.detail.id = `stages-${number}`;
    this.detail.setAttribute("role", "row");
    this.detail.append(cell);
  }

  /** @param {boolean} open */
  #open(open) {
    this.detail.hidden = !open;
    if (open) this.#showDetail();
    this.#toggle.setAttribute("aria-expanded", String(open));
  }

  #showDetail() {
    this.#stages.showList();
    const reasons = { dropped: inWords(this.#counts.dropped), errors: inWords(this.#counts.errors) };
    setText(this.#reasons, t("session.reasons", reasons));
  }

  /** @param {number[]} history @param {number} seconds @param {number} top */
  #showHistory(history, seconds, top) {
    const words = {
      seconds: integer(history.length),
      lowest: integer(Math.min(...history)),
      highest: integer(Math.max(...history)),
    };
    this.#spark.show(history, seconds, top, t("session.history.summary", words));
  }
}

/** @param {Record<string, number>} counts */
function inWords(counts) {
  const words = Object.entries(counts).map(([reason, count]) => `${reasonText(reason)} ${integer(count)}`);
  return words.join(", ") || t("session.none");
}
