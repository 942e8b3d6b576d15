/** What the page does at this moment: one source at a time, a camera or files, from its start to its stop. */

import { byId } from "../shared/elements.js";
import { t } from "../shared/i18n.js";
import { Camera, CameraError, Superseded } from "./camera.js";
import { FileView } from "./file_view.js";
import { Notice } from "./notice.js";
import { keepScreenOn, letScreenSleep } from "./wake_lock.js";

/** @typedef {"camera" | "file"} Source */
/** @typedef {"idle" | "starting" | "live" | "still"} PageState a live picture moves, from a camera or a file */
/**
 * @typedef {object} Parts
 * @property {import("./stage.js").Stage} stage
 * @property {import("./camera_controls.js").CameraControls} controls
 * @property {import("./settings_sheet.js").SettingsSheet} settings
 * @property {import("./connection.js").Connection} connection
 * @property {import("./frame_loop.js").FrameLoop} loop
 * @property {import("./adaptation.js").Adaptation} adaptation
 * @property {import("./session_metrics.js").SessionMetrics} metrics
 * @property {import("./hints.js").Hints} hints
 * @property {import("./hint_line.js").HintLine} hintLine
 * @property {import("./results.js").Results} results
 * @property {import("./figures.js").Figures} figures
 * @property {import("./keeping.js").Keeping} keeping
 * @property {import("./announcer.js").Announcer} announcer
 */

/** Fires `state` when its state changes, or when a moving picture is paused or goes on. */
export class Session extends EventTarget {
  #parts;
  #files;
  #notice = new Notice(() => void this.startCamera());
  camera = new Camera();
  /** @type {PageState} */ state = "idle";
  /** @type {Source} */ source = "camera";

  /** @param {Parts} parts */
  constructor(parts) {
    super();
    this.#parts = parts;
    this.#files = new FileView(parts.stage, {
      onMoving: (name) => this.#goLive(t("announce.opened", { name })),
      onStill: () => this.#goStill(),
      onAnswer: (item) => parts.results.showPicture(item),
      onUnreadable: (name) => this.fail("unreadable", name),
    });
    this.camera.addEventListener("lost", (event) => {
      const { problem, detail } = /** @type {CustomEvent<CameraError>} */ (event).detail;
      this.fail(problem, detail);
    });
    this.camera.addEventListener("devices", () => void this.#devicesChanged());
    for (const event of ["play", "pause"]) parts.stage.video.addEventListener(event, () => this.#pauseChanged());
    this.mirror();
    this.#become("idle");
    void this.#listCameras();
  }

  // ---- Sources: a camera, or files ----

  async startCamera() {
    const { stage, controls, settings } = this.#parts;
    this.#change("camera");
    this.#become("starting");
    try {
      const stream = await this.camera.open(controls.deviceId, settings.cameraSize);
      controls.opened(this.camera.deviceId, this.camera.facesAway);
      await stage.play(stream);
      if (!stream.active) return; // It was closed in the meantime.
      this.#goLive(t("announce.started"));
    } catch (error) {
      if (error instanceof Superseded || (error instanceof DOMException && error.name === "AbortError")) return;
      const problem = error instanceof CameraError ? error : new CameraError("failed", String(error));
      this.fail(problem.problem, problem.detail);
    } finally {
      void this.#listCameras();
    }
  }

  /** @param {File[]} chosen */
  openFiles(chosen) {
    this.#change("file");
    this.#files.open(chosen);
  }

  async openSample() {
    this.#change("file");
    try {
      await this.#files.openSample(byId("sample").dataset.address ?? "");
    } catch {
      this.fail("no_sample");
    }
  }

  /** After an outage: what could not be sent. */
  retry() {
    this.#files.retry();
  }

  // ---- Pause ----

  /** Whether the moving picture stands still: nothing is sent, and the numbers stay as they were. */
  get paused() {
    return this.state === "live" && this.#parts.stage.video.paused;
  }

  togglePause() {
    if (this.state !== "live") return;
    const { video } = this.#parts.stage;
    if (video.paused) void video.play().catch(() => {});
    else video.pause();
  }

  #pauseChanged() {
    if (this.state !== "live") return;
    const { results, loop, hintLine, announcer, connection } = this.#parts;
    results.faces.still = this.paused;
    hintLine.show(null);
    if (this.paused) {
      loop.hold();
      announcer.say(t("announce.held"));
    } else {
      connection.wake();
      this.resume();
    }
    this.dispatchEvent(new Event("state"));
  }

  /** The picture moves again after a pause: of the video, of the tab, or of the connection. */
  resume() {
    const now = performance.now();
    this.#parts.results.forgetUndrawn();
    this.#parts.metrics.resume(now);
    this.#parts.hints.start(now);
  }

  /** @param {boolean} hidden the tab was hidden, or is seen again */
  visibility(hidden) {
    if (this.state !== "live") return;
    if (hidden) {
      this.#parts.loop.stop();
      this.#parts.announcer.say(t("announce.paused"));
    } else {
      this.resume();
      this.#parts.loop.start();
      void keepScreenOn();
    }
  }

  // ---- The end ----

  stop() {
    const ended = t(this.source === "camera" ? "announce.stopped" : "announce.closed");
    this.#shutDown();
    this.#become("idle");
    this.#notice.focus();
    this.#parts.announcer.say(ended);
  }

  /** @param {import("./notice.js").NoticeKind} problem @param {string} [detail] the browser's own words, or a file's name */
  fail(problem, detail = "") {
    this.#shutDown();
    this.#become("idle", problem, detail);
    this.#notice.focus();
    this.#parts.announcer.say(this.#notice.spoken);
  }

  /** As the switch says; files are not mirrored. */
  mirror() {
    const { controls, results, stage } = this.#parts;
    const mirrored = this.source === "camera" && controls.mirrored;
    controls.mirrorUsable = this.source === "camera";
    results.faces.overlay.mirrored = stage.mirrored = mirrored;
  }

  // ---- From state to state ----

  /** @param {Source} next */
  #change(next) {
    this.#parts.connection.wake();
    this.#release();
    this.source = next;
  }

  /** What ran before ends here. */
  #release() {
    const { loop, controls, results, hintLine } = this.#parts;
    loop.stop();
    this.camera.close();
    controls.closed();
    this.#files.close();
    results.clear();
    hintLine.show(null);
  }

  #shutDown() {
    const { results, stage, figures, keeping, announcer } = this.#parts;
    void letScreenSleep();
    if (this.state === "live" || this.state === "still") keeping.end();
    results.faces.overlay.stop();
    this.#release();
    stage.empty();
    figures.end();
    this.source = "camera";
    this.mirror();
    announcer.reset();
  }

  /** @param {string} spoken */
  #goLive(spoken) {
    const { results, adaptation, hints, loop, announcer } = this.#parts;
    const now = performance.now();
    this.#begin(now, false);
    adaptation.reset();
    hints.start(now);
    this.#become("live");
    loop.start();
    results.faces.overlay.start();
    void keepScreenOn();
    announcer.say(spoken);
  }

  #goStill() {
    const { loop, figures, results } = this.#parts;
    loop.stop();
    this.#begin(performance.now(), true);
    figures.end();
    this.#become("still");
    results.faces.overlay.start();
  }

  /** @param {number} now @param {boolean} still */
  #begin(now, still) {
    const { results, metrics, keeping } = this.#parts;
    results.clear();
    results.faces.still = still;
    results.faces.live = this.source === "camera";
    this.mirror();
    metrics.start(now);
    keeping.begin(now);
  }

  /**
   * @param {PageState} next
   * @param {import("./notice.js").NoticeKind} [shown] the notice on the stage, while no picture is
   * @param {string} [detail]
   */
  #become(next, shown = next === "starting" ? "starting" : "idle", detail = "") {
    this.state = next;
    this.#parts.stage.root.dataset.state = next;
    if (next === "live" || next === "still") this.#notice.hide();
    else this.#notice.show(shown, detail);
    this.dispatchEvent(new Event("state"));
  }

  // ---- Cameras come and go ----

  async #devicesChanged() {
    const count = await this.#listCameras();
    // The missing camera is connected now, and starting it was asked for already.
    if (count > 0 && this.#notice.kind === "no_camera") void this.startCamera();
  }

  async #listCameras() {
    const cameras = await this.camera.list();
    this.#parts.controls.show(cameras, this.camera.deviceId);
    return cameras.length;
  }
}
