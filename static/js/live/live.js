/** The live page: puts the parts together and handles the page's states. */

import { byId, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";
import { watchReducedMotion } from "../shared/theme.js";
import { Adaptation } from "./adaptation.js";
import { Announcer } from "./announcer.js";
import { Camera, CameraError, Superseded } from "./camera.js";
import { CameraControls } from "./camera_controls.js";
import { Connection } from "./connection.js";
import { FrameEncoder } from "./encoder.js";
import { FaceRegistry } from "./face_registry.js";
import { FacesPanel } from "./faces_panel.js";
import { FpsChart } from "./fps_chart.js";
import { FrameLoop } from "./frame_loop.js";
import { Hints } from "./hints.js";
import { LatencyChart } from "./latency_chart.js";
import { Meters } from "./meters.js";
import { Notice } from "./notice.js";
import { Overlay } from "./overlay.js";
import { SAMPLES_PER_SECOND, SessionMetrics } from "./session_metrics.js";
import { installTestHooks } from "./test_hooks.js";
import { Tracks } from "./tracks.js";
import { keepScreenOn, letScreenSleep } from "./wake_lock.js";

const CARDS_PER_SECOND = 6;

const stage = byId("stage");
const video = byId("preview", HTMLVideoElement);
const stopButton = byId("stop", HTMLButtonElement);
const banner = byId("banner");
const hint = byId("hint");
const status = byId("connection");

const metrics = new SessionMetrics();
const tracks = new Tracks();
const registry = new FaceRegistry();
const adaptation = new Adaptation();
const hints = new Hints();
const announcer = new Announcer();
const connection = new Connection();
const camera = new Camera();
const encoder = new FrameEncoder();
const controls = new CameraControls(stage);
const notice = new Notice(() => void start());
const overlay = new Overlay(byId("overlay", HTMLCanvasElement), video, tracks, registry, countDrawn);
const loop = new FrameLoop({
  video,
  encoder,
  connection,
  adaptation,
  metrics,
  onResult: takeResult,
  onTrouble: (trouble) => hints.trouble(trouble, performance.now()),
});
const panel = new FacesPanel();
const meters = new Meters();
const fpsChart = new FpsChart();
const latencyChart = new LatencyChart();

/** @typedef {"idle" | "starting" | "live"} PageState */
/** @type {PageState} */ let state = "idle";
/** Frames whose labels are not drawn yet, by when the camera took them. @type {number[]} */ let undrawn = [];

// ---- The camera: idle -> starting -> live -> idle ----

async function start() {
  connection.wake();
  const focused = document.activeElement === byId("start") || document.activeElement === document.body;
  // Another camera may be running: its pictures end here, and its faces are not those of the new one.
  loop.stop();
  forgetFaces();
  become("starting");
  try {
    const stream = await camera.open(controls.deviceId);
    video.srcObject = stream;
    await video.play();
    if (!stream.active) return; // It was closed in the meantime.
    goLive(focused);
  } catch (error) {
    if (error instanceof Superseded || (error instanceof DOMException && error.name === "AbortError")) return;
    explain(error instanceof CameraError ? error : new CameraError("failed", String(error)));
  } finally {
    void refreshCameras();
  }
}

/** @param {boolean} moveFocus the start button had the focus and is going away */
function goLive(moveFocus) {
  const now = performance.now();
  fitStage();
  metrics.start(now);
  adaptation.reset();
  hints.start(now);
  become("live");
  loop.start();
  overlay.start();
  void keepScreenOn();
  announcer.say(t("announce.started"));
  if (moveFocus) stopButton.focus({ preventScroll: true });
}

function stop() {
  shutDown();
  become("idle");
  notice.focus();
  announcer.say(t("announce.stopped"));
}

/** @param {CameraError} error */
function explain(error) {
  shutDown();
  state = "idle";
  stage.dataset.state = state;
  notice.show(error.problem, error.detail);
  notice.focus();
  announcer.say(notice.spoken);
}

function shutDown() {
  void letScreenSleep();
  loop.stop();
  overlay.stop();
  camera.close();
  video.srcObject = null;
  forgetFaces();
  announcer.reset();
  stopButton.disabled = true;
  hint.hidden = banner.hidden = true;
  panel.update([], performance.now());
}

function forgetFaces() {
  tracks.clear();
  registry.clear();
  undrawn = [];
}

/** @param {PageState} next */
function become(next) {
  state = next;
  stage.dataset.state = next;
  stopButton.disabled = next === "idle";
  if (next === "live") notice.hide();
  else notice.show(next);
  showConnection();
}

async function refreshCameras() {
  const cameras = await camera.list();
  controls.show(cameras, camera.track?.getSettings().deviceId);
  return cameras.length;
}

// ---- Results ----

/**
 * @param {import("./connection.js").Result} result
 * @param {import("./frame_clock.js").Tick} tick
 */
function takeResult(result, tick) {
  const now = performance.now();
  tracks.update(result.faces, result, tick.shownAt, now);
  registry.update(result.faces, now);
  if (result.faces.length > 0) undrawn.push(tick.capturedAt);
}

/** @param {number} now */
function countDrawn(now) {
  metrics.displayFrame(now);
  for (const capturedAt of undrawn) metrics.labelDrawn(now, now - capturedAt);
  undrawn = [];
}

// ---- Cards and charts, a few times a second ----

function showFaces() {
  if (state !== "live" || document.hidden) return;
  const now = performance.now();
  const present = registry.present(now);
  panel.update(present, now);
  announcer.faces(present.length, now);
}

function showFigures() {
  if (state !== "live" || document.hidden) return;
  const now = performance.now();
  metrics.sample(now);
  const figures = metrics.snapshot(now);
  meters.update(figures, { camera: { width: video.videoWidth, height: video.videoHeight }, frame: loop.frame });
  fpsChart.update(metrics, now);
  latencyChart.update(metrics, now);
  const situation = {
    faces: overlay.boxes.length,
    light: loop.light,
    results: figures.results_now,
    camera: figures.camera_fps,
    display: figures.display_fps,
    bottleneck: adaptation.bottleneck,
  };
  const text = connection.online ? hints.hint(situation, now) : null;
  hint.hidden = text === null;
  if (text !== null) setText(hint, text);
  announcer.hint(text, now);
}

// ---- The stage ----

function fitStage() {
  const { videoWidth, videoHeight } = video;
  if (videoWidth > 0) stage.style.aspectRatio = `${videoWidth} / ${videoHeight}`;
}

function mirror() {
  overlay.mirrored = controls.mirrored;
  video.classList.toggle("mirrored", controls.mirrored);
}

function showConnection() {
  status.dataset.state = connection.state;
  setText(/** @type {Element} */ (status.querySelector(".status-text")), t(`connection.${connection.state}`));
  const refused = connection.state === "refused";
  banner.hidden = !refused && (state !== "live" || connection.online || connection.state === "asleep");
  const lost = connection.goodbye ? "connection.banner.goodbye" : "connection.banner";
  setText(banner, refused ? connection.reason : t(lost));
}

/** The server closed the connection of an idle page: the camera is turned off until it is started again. */
function fallAsleep() {
  if (state !== "idle") shutDown();
  state = "idle";
  stage.dataset.state = state;
  notice.show("asleep", connection.reason);
  announcer.say(notice.spoken);
}

// ---- Events ----

stopButton.addEventListener("click", stop);
video.addEventListener("resize", fitStage);
controls.addEventListener("mirror", mirror);
controls.addEventListener("camera", () => {
  if (state !== "idle") void start();
});
camera.addEventListener("lost", (event) => explain(/** @type {CustomEvent<CameraError>} */ (event).detail));
camera.addEventListener("devices", async () => {
  const count = await refreshCameras();
  // The missing camera is connected now, and starting it was asked for already.
  if (count > 0 && byId("notice").dataset.notice === "no_camera") void start();
});
connection.addEventListener("hello", () => {
  metrics.setServerStages(connection.hello?.stages ?? []);
  latencyChart.showStages(metrics);
});
connection.addEventListener("state", () => {
  if (connection.online) {
    adaptation.reset();
    hints.start(performance.now());
  }
  if (connection.state === "asleep") fallAsleep();
  showConnection();
});
document.addEventListener("visibilitychange", () => {
  if (state !== "live") return;
  const now = performance.now();
  if (document.hidden) {
    loop.stop();
    announcer.say(t("announce.paused"));
  } else {
    undrawn = []; // The pause must not count as latency.
    metrics.resume(now);
    hints.start(now);
    loop.start();
    void keepScreenOn();
  }
});
window.addEventListener("pagehide", () => {
  if (state !== "idle") stop();
});

watchReducedMotion((reduced) => {
  tracks.smooth = !reduced;
});
installTestHooks({ metrics, overlay, camera, connection, loop, encoder, adaptation });
mirror();
become("idle");
latencyChart.showStages(metrics);
void refreshCameras();
setInterval(showFaces, 1000 / CARDS_PER_SECOND);
setInterval(showFigures, 1000 / SAMPLES_PER_SECOND);
document.documentElement.dataset.ready = "";
