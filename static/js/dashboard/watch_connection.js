/** The dashboard's connection to the server: it only receives. */

import { io } from "socket.io-client";
import { leaveIfUninvited } from "../shared/invitation.js";
import { REFUSED_RETRY_MS, refusalText } from "../shared/refusal.js";
import { Silence } from "../shared/silence.js";

/**
 * @typedef {object} SessionFigures
 * @property {number} number
 * @property {string} name chosen by its people; empty for none
 * @property {string} [node] which it is on, where there are several
 * @property {string} key by which a browser knows its own cameras
 * @property {number} since seconds since the epoch
 * @property {number} fps
 * @property {number} faces
 * @property {number} received
 * @property {number} answered
 * @property {Record<string, number>} dropped by reason
 * @property {Record<string, number>} errors by code
 * @property {number[]} history results in each of the last seconds
 * @property {Record<string, {p50: number, p95: number}>} ms by stage
 */
/**
 * @typedef {object} Snapshot
 * @property {number} at seconds since the epoch
 * @property {number} uptime_s
 * @property {number} history_s
 * @property {string[]} stages a worker's, in order
 * @property {SessionFigures[]} sessions
 * @property {Record<string, Record<string, number>>} people faces in view by task and label
 * @property {{camera: number, watch: number}} connected
 * @property {{camera: number, watch: number}} limits
 * @property {{sessions: number, received: number, answered: number, dropped: number, errors: number, refused: Record<string, number>}} totals
 * @property {{alive: number, wanted: number, waiting: number, replaced: number}} workers
 * @property {import("./nodes.js").NodeFigures[]} [nodes] where several nodes are one server
 * @property {{now: Record<"cpu_web" | "cpu_workers" | "memory_mb" | "lag_p50" | "lag_p99" | "fps", number> & {worker_cores: number[], machine_cores: number[]}, history: Record<string, number[]>}} load
 */
/** @typedef {"connecting" | "online" | "offline" | "refused"} WatchState */

/** Fires `state` when its state changes and `snapshot` when numbers have come. */
export class WatchConnection extends EventTarget {
  #socket;
  /** @type {WatchState} */ state = "connecting";
  /** Why the server refused, while it does. */ reason = "";
  /** @type {Snapshot | null} */ snapshot = null;
  /** When the newest numbers came, by `performance.now()`. */ receivedAt = NaN;

  constructor() {
    super();
    this.#socket = io("/dashboard", {
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 200,
      reconnectionDelayMax: 1500,
      timeout: 8000,
    });
    const silence = new Silence(this.#socket); // numbers come once a second
    this.#socket.on("connect", () => {
      silence.expect();
      this.#become("online");
    });
    this.#socket.on("disconnect", (reason) => {
      this.#become("offline");
      if (reason === "io server disconnect") setTimeout(() => this.#socket.connect(), 200);
    });
    this.#socket.on("connect_error", (error) => {
      void leaveIfUninvited();
      if (this.#socket.active) return this.#become("offline");
      this.reason = refusalText(error);
      this.#become("refused");
      setTimeout(() => this.#socket.connect(), REFUSED_RETRY_MS);
    });
    this.#socket.on("snapshot", (snapshot) => {
      this.snapshot = snapshot;
      silence.heard(true);
      this.receivedAt = performance.now();
      this.dispatchEvent(new Event("snapshot"));
    });
  }

  /** @param {WatchState} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
