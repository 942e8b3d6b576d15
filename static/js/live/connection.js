/** The connection to the server: one Socket.IO connection that reconnects by itself. */

import { io } from "socket.io-client";
import { duration } from "../shared/format.js";
import { leaveIfUninvited } from "../shared/invitation.js";
import { REFUSED_RETRY_MS, refusalText } from "../shared/refusal.js";
import { Silence } from "../shared/silence.js";

/** An answer may take this long before its frame is given up. */
const ANSWER_TIMEOUT_MS = 3000;

/**
 * @typedef {object} Hello what the server says of itself
 * @property {string} version
 * @property {boolean} [same_machine] the page came over one of the server's own addresses
 * @property {string} key by which this browser knows its session on the dashboard
 * @property {number} max_frame_bytes
 * @property {number} max_pixels
 * @property {number} max_in_flight
 * @property {string} detector
 * @property {string[]} stages a worker's, in order
 * @property {string[]} expressions
 * @property {string[]} genders
 * @property {string[]} decades
 */
/**
 * @typedef {object} Result
 * @property {number} width
 * @property {number} height
 * @property {import("./tracks.js").Face[]} faces
 * @property {Record<string, number>} timings_ms
 */
/** @typedef {Result | {dropped: true, reason: string} | {error: string, code: string}} Answer */
/** @typedef {"connecting" | "online" | "offline" | "refused" | "asleep"} ConnectionState */

export class ConnectionLost extends Error {}
export class AnswerTimeout extends Error {}

/** Fires `state` when its state changes and `hello` when the server has said what it is. */
export class Connection extends EventTarget {
  #socket;
  #silence;
  /** Frames without an answer. */ #unanswered = 0;
  /** @type {ConnectionState} */ state = "connecting";
  /** @type {Hello | null} */ hello = null;
  /** The server has said that it is shutting down, and is not back yet. */ goodbye = false;
  /** Why the server refused (while refused), or for how long nothing was sent (while asleep). */ reason = "";

  constructor() {
    super();
    this.#socket = io({
      // WebSocket first; polling where a proxy, or Safari with an untrusted certificate, refuses it.
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      // Behind nginx another node answers at once: a page is to go on within three seconds.
      reconnectionDelay: 200,
      reconnectionDelayMax: 1500,
      timeout: 8000,
    });
    this.#silence = new Silence(this.#socket);
    this.#socket.on("connect", () => {
      this.goodbye = false;
      this.#become("online");
    });
    this.#socket.on("disconnect", (reason) => {
      if (this.state === "asleep" || this.state === "refused") return;
      this.#become("offline");
      // The server closed the connection on purpose: Socket.IO does not reconnect by itself then.
      if (reason === "io server disconnect") setTimeout(() => this.#socket.connect(), 200);
    });
    this.#socket.on("connect_error", (error) => {
      if (this.#socket.active) this.#become("offline");
      else this.#refused(error);
      void leaveIfUninvited();
    });
    this.#socket.on("idle", ({ seconds }) => {
      this.reason = duration(seconds);
      this.#become("asleep");
    });
    this.#socket.on("closed", (refusal) => {
      this.#refused(Object.assign(new Error(refusal.error), { data: refusal }));
    });
    this.#socket.on("hello", (hello) => {
      this.hello = hello;
      this.dispatchEvent(new Event("hello"));
    });
    // From now on it answers nothing, and closes the connection soon.
    this.#socket.on("goodbye", () => {
      if (this.state === "asleep") return;
      this.goodbye = true;
      this.#become("offline");
    });
  }

  get online() {
    return this.state === "online";
  }

  /** Reconnects after the server closed the connection of an idle page. */
  wake() {
    if (this.state !== "asleep") return;
    this.#become("connecting");
    this.#socket.connect();
  }

  /**
   * Sends one encoded frame.
   *
   * @param {ArrayBuffer} bytes
   * @returns {Promise<Answer>}
   * @throws {AnswerTimeout} no answer in time
   * @throws {ConnectionLost} the connection went while the frame was under way
   */
  async sendFrame(bytes) {
    const socket = this.#socket;
    const id = socket.id;
    if (!socket.connected) throw new ConnectionLost();
    this.#unanswered += 1;
    this.#silence.expect();
    try {
      const answer = await socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck("frame", bytes);
      this.#silence.heard(this.#unanswered > 1);
      return answer;
    } catch {
      throw socket.connected && socket.id === id ? new AnswerTimeout() : new ConnectionLost();
    } finally {
      this.#unanswered -= 1;
    }
  }

  /** Says that the next frames are of another camera or clip: their faces are not those of the last one. */
  newCamera() {
    if (this.#socket.connected) this.#socket.emit("new_camera");
  }

  /** Says how the dashboard calls this camera. @param {string} name empty for no name */
  nameCamera(name) {
    if (this.#socket.connected) this.#socket.emit("name_camera", name);
  }

  /** The server refused the connection, or closed it because it fails on this page's pictures. @param {Error} error */
  #refused(error) {
    this.reason = refusalText(error);
    this.#become("refused");
    setTimeout(() => this.#socket.connect(), REFUSED_RETRY_MS);
  }

  /** @param {ConnectionState} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
