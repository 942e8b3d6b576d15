/** The live page: puts the parts together, and runs their states. */

import { Adaptation } from "./adaptation.js";
import { Advice } from "./hints.js";
import { Announcer } from "./announcer.js";
import { Camera, CameraError, Superseded } from "./camera.js";
import { CameraControls } from "./camera_controls.js";
import { Connection } from "./connection.js";
import { byId, setText } from "../shared/elements.js";
import { FrameEncoder } from "./encoder.js";
import { FacesPanel } from "./faces_panel.js";
import { FpsChart } from "./fps_chart.js";
import { FrameLoop } from "./frame_loop.js";
import { t } from "../shared/i18n.js";
import { LatencyChart } from "./latency_chart.js";
import { Meters } from "./meters.js";
import { Notice } from "./notice.js";
import { Overlay } from "./overlay.js";
import { installProbe } from "./test_hooks.js";
import { Roster } from "./face_registry.js";
import { watchReducedMotion } from "../shared/theme.js";
import { SAMPLES_PER_SECOND, Timeline } from "./session_metrics.js";
import { Tracks } from "./tracks.js";
import { keepScreenOn, letScreenSleep } from "./wake_lock.js";

const CARDS_PER_SECOND = 6;

const stage = byId("stage");
const video = byId("preview", HTMLVideoElement);
const stopButton = byId("stop", HTMLButtonElement);
const banner = byId("banner");
const hint = byId("hint");
const status = byId("connection");

const timeline = new Timeline();
const tracks = new Tracks();
const roster = new Roster();
const adaptation = new Adaptation();
const advice = new Advice();
const announcer = new Announcer();
const connection = new Connection();
const camera = new Camera();
const encoder = new FrameEncoder();
const controls = new CameraControls(stage);
const notice = new Notice(() => void start());
const overlay = new Overlay(byId("overlay", HTMLCanvasElement), video, tracks, roster);
const loop = new FrameLoop({ video, encoder, connection, adaptation, timeline });
const panel = new FacesPanel();
const meters = new Meters();
const fpsChart = new FpsChart();
const latencyChart = new LatencyChart();

/** @type {"idle" | "starting" | "live"} */ let state = "idle";
/** Frames whose labels are not drawn yet, by when the camera took them. @type {number[]} */ let undrawn = [];

// ---- The camera: idle -> starting -> live -> idle ----

async function start() {
  connection.wake();
  const focused = document.activeElement === byId("start") || document.activeElement === document.body;
  // Another camera is chosen while one runs: its pictures end here, and its faces are not the new one's.
  loop.stop();
  forgetFaces();
  become("starting");
  try {
    const stream = await camera.open(controls.deviceId);
    video.srcObject = stream;
    await video.play();
    if (!stream.active) return; // Closed meanwhile: whoever closed it goes on.
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
  timeline.start(now);
  adaptation.reset();
  advice.start(now);
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
  roster.clear();
  undrawn = [];
}

/** @param {typeof state} next */
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

loop.onResult = (result, tick) => {
  const now = performance.now();
  tracks.update(result.faces, result, tick.shownAt, now);
  roster.update(result.faces, now);
  if (result.faces.length > 0) undrawn.push(tick.bornAt);
};
loop.onTrouble = (trouble) => advice.trouble(trouble, performance.now());
overlay.onDrawn = (now) => {
  timeline.displayFrame(now);
  for (const bornAt of undrawn) timeline.labelDrawn(now, now - bornAt);
  undrawn = [];
};

// ---- Slow hands: cards and charts have their own, calmer rates ----

function showFaces() {
  if (state !== "live" || document.hidden) return;
  const now = performance.now();
  const present = roster.present(now);
  panel.update(present, now);
  announcer.faces(present.length, now);
}

function showFigures() {
  if (state !== "live" || document.hidden) return;
  const now = performance.now();
  timeline.sample(now);
  const figures = timeline.snapshot(now);
  meters.update(figures, { camera: { width: video.videoWidth, height: video.videoHeight }, frame: loop.frame });
  fpsChart.update(timeline, now);
  latencyChart.update(timeline, now);
  const situation = {
    faces: overlay.boxes.length,
    light: loop.light,
    results: figures.results_now,
    camera: figures.camera_fps,
    display: figures.display_fps,
    bottleneck: adaptation.bottleneck,
  };
  const advised = connection.online ? advice.hint(situation, now) : null;
  hint.hidden = advised === null;
  if (advised !== null) setText(hint, advised);
  announcer.hint(advised, now);
}

// ---- The stage's looks ----

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

/** The server closed this page's connection, as it sent nothing: the camera goes off until somebody asks for it again. */
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
  // A camera that was missing is here now: the person asked for it already.
  if (count > 0 && byId("notice").dataset.notice === "no_camera") void start();
});
connection.addEventListener("state", () => {
  if (connection.online) {
    adaptation.reset();
    advice.start(performance.now());
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
    undrawn = []; // Nobody could see them: the pause is not the pipeline's latency.
    timeline.resume(now);
    advice.start(now);
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
installProbe({ timeline, overlay, camera, connection, loop, encoder, adaptation });
mirror();
become("idle");
void refreshCameras();
setInterval(showFaces, 1000 / CARDS_PER_SECOND);
setInterval(showFigures, 1000 / SAMPLES_PER_SECOND);
document.documentElement.dataset.ready = "";
