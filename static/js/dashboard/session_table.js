/** The camera sessions: a table that can be sorted (cards on a phone), or a notice that there are none. */

import { byId, make, setText } from "../shared/elements.js";
import { integer } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { InSight } from "../shared/in_sight.js";
import { recallOwnCameras } from "../shared/own_cameras.js";
import { COLUMNS, SessionRow } from "./session_row.js";

/** @typedef {import("./watch_connection.js").SessionFigures} SessionFigures */

/** Sparklines of slow cameras keep this much room above them. */
const LEAST_TOP = 30;

const SORTABLE = Object.keys(COLUMNS).filter((column) => COLUMNS[column] !== null);

export class SessionTable {
  #table = byId("sessions");
  #body = byId("sessions-body");
  #select = byId("sort", HTMLSelectElement);
  #sortedBy = "number";
  #backwards = false;
  /** @type {Map<number, SessionRow>} */ #rows = new Map();
  /** @type {Map<string, HTMLElement>} */ #heads = new Map();
  /** @type {SessionFigures[]} */ #sessions = [];
  #inSight = new InSight();

  constructor() {
    for (const column of Object.keys(COLUMNS)) byId("sessions-head").append(this.#head(column));
    for (const column of SORTABLE) this.#select.append(new Option(t(`session.${column}`), column));
    this.#select.addEventListener("change", () => this.#sortBy(this.#select.value, false));
    this.#showOrder();
  }

  /** @param {import("./watch_connection.js").Snapshot} snapshot */
  update({ sessions, at, history_s: seconds, stages }) {
    this.#sessions = sessions;
    const top = Math.max(LEAST_TOP, ...sessions.map(({ history }) => Math.max(0, ...history)));
    const present = new Set(sessions.map(({ number }) => number));
    for (const [number, row] of this.#rows) if (!present.has(number)) this.#remove(number, row);
    const own = recallOwnCameras();
    for (const session of sessions) {
      const row = this.#row(session.number, sessions.length);
      const isOwn = own.includes(session.key);
      this.#inSight.write(row.row, () => row.update(session, { now: at, seconds, top, isOwn }, stages));
    }
    this.#arrange();
    this.#table.hidden = byId("sort-label").hidden = sessions.length === 0;
    byId("empty").hidden = sessions.length > 0;
    setText(byId("cameras-count"), integer(sessions.length));
  }

  /** @param {number} number @param {number} among how many there are: the only one shows everything */
  #row(number, among) {
    let row = this.#rows.get(number);
    if (!row) {
      row = new SessionRow(number, among === 1);
      this.#inSight.watch(row.row);
      this.#rows.set(number, row);
    }
    return row;
  }

  /** @param {number} number @param {SessionRow} row */
  #remove(number, row) {
    this.#inSight.forget(row.row);
    row.row.remove();
    row.detail.remove();
    this.#rows.delete(number);
  }

  #arrange() {
    // A row that is moved loses the keyboard focus: while it is in the table, rows stay where they are.
    if (this.#body.contains(document.activeElement) && this.#body.childElementCount === 2 * this.#rows.size) return;
    const value = COLUMNS[this.#sortedBy] ?? (() => 0);
    const direction = this.#backwards ? -1 : 1;
    const order = [...this.#sessions].sort((a, b) => direction * (value(a) - value(b)) || a.number - b.number);
    const elements = order.flatMap(({ number }) => {
      const row = /** @type {SessionRow} */ (this.#rows.get(number));
      return [row.row, row.detail];
    });
    elements.forEach((element, place) => {
      if (this.#body.children[place] !== element) this.#body.insertBefore(element, this.#body.children[place] ?? null);
    });
  }

  /** @param {string} column */
  #head(column) {
    const head = make("th", { class: `cell-${column}` });
    head.setAttribute("role", "columnheader");
    /** @type {HTMLTableCellElement} */ (head).scope = "col";
    if (COLUMNS[column] === null) head.textContent = t(`session.${column}`);
    else {
      const button = make("button", { class: "head-button", text: t(`session.${column}`) });
      button.setAttribute("type", "button");
      button.addEventListener("click", () => this.#sortBy(column, this.#sortedBy === column && !this.#backwards));
      head.append(button);
      this.#heads.set(column, head);
    }
    return head;
  }

  /** @param {string} column @param {boolean} backwards */
  #sortBy(column, backwards) {
    this.#sortedBy = column;
    this.#backwards = backwards;
    this.#showOrder();
    this.#arrange();
  }

  #showOrder() {
    this.#select.value = this.#sortedBy;
    for (const [column, head] of this.#heads) {
      if (column !== this.#sortedBy) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", ascends(column) !== this.#backwards ? "ascending" : "descending");
    }
  }
}

/** Numbers and times begin with the first; everything else with the most, which is what a person looks for. @param {string} column */
const ascends = (column) => column === "number";
