/** The live page: puts the parts together and handles the page's states. */

import { byId, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";
import { watchReducedMotion } from "../shared/theme.js";
import { Adaptation } from "./adaptation.js";
import { Announcer } from "./announcer.js";
import { Camera, CameraError, Superseded } from "./camera.js";
import { CameraControls } from "./camera_controls.js";
import { Connection } from "./connection.js";
import { showConnection } from "./connection_status.js";
import { FrameEncoder } from "./encoder.js";
import { Figures } from "./figures.js";
import { FileInput } from "./file_input.js";
import { FileView } from "./file_view.js";
import { FrameLoop } from "./frame_loop.js";
import { HintLine } from "./hint_line.js";
import { Hints } from "./hints.js";
import { Notice } from "./notice.js";
import { Results } from "./results.js";
import { SAMPLES_PER_SECOND, SessionMetrics } from "./session_metrics.js";
import { Stage } from "./stage.js";
import { installTestHooks } from "./test_hooks.js";
import { keepScreenOn, letScreenSleep } from "./wake_lock.js";

/** Labels and cards change their words so often: more could not be read. */
const REFRESHES_PER_SECOND = 4;

const stopButton = byId("stop", HTMLButtonElement);

const stage = new Stage();
const metrics = new SessionMetrics();
const adaptation = new Adaptation();
const hints = new Hints();
const announcer = new Announcer();
const hintLine = new HintLine();
const connection = new Connection();
const camera = new Camera();
const encoder = new FrameEncoder();
const controls = new CameraControls(stage.root);
const notice = new Notice(() => void startCamera());
const figures = new Figures(metrics);
const results = new Results({ stage, metrics, figures, announcer, hintLine });
const { faces } = results;
const loop = new FrameLoop({
  video: stage.video,
  encoder,
  connection,
  adaptation,
  metrics,
  onResult: (result, tick) => results.takeFrame(result, tick),
  onTrouble: (trouble) => hints.trouble(trouble, performance.now()),
});
const files = new FileView(stage, {
  onMoving: (name) => goLive(t("announce.opened", { name })),
  onStill: goStill,
  onAnswer: (item) => results.showPicture(item),
  onUnreadable: (name) => failed("unreadable", name),
});

/** @typedef {"camera" | "file"} Source */
/** @typedef {"idle" | "starting" | "live" | "still"} PageState a live picture moves, from a camera or a file */
/** @type {PageState} */ let state = "idle";
/** @type {Source} */ let source = "camera";

// ---- Sources: a camera, or files ----

async function startCamera() {
  change("camera");
  become("starting");
  try {
    const stream = await camera.open(controls.deviceId);
    controls.opened(camera.deviceId, camera.facesAway);
    await stage.play(stream);
    if (!stream.active) return; // It was closed in the meantime.
    goLive(t("announce.started"));
  } catch (error) {
    if (error instanceof Superseded || (error instanceof DOMException && error.name === "AbortError")) return;
    const problem = error instanceof CameraError ? error : new CameraError("failed", String(error));
    failed(problem.problem, problem.detail);
  } finally {
    void refreshCameras();
  }
}

/** @param {File[]} chosen */
function openFiles(chosen) {
  change("file");
  files.open(chosen);
}

async function openSample() {
  change("file");
  try {
    await files.openSample(byId("sample").dataset.address ?? "");
  } catch {
    failed("no_sample");
  }
}

/** @param {Source} next */
function change(next) {
  connection.wake();
  release();
  source = next;
}

/** What ran before ends here. */
function release() {
  loop.stop();
  camera.close();
  controls.closed();
  files.close();
  results.clear();
  hintLine.show(null);
}

/** @param {string} spoken */
function goLive(spoken) {
  const now = performance.now();
  results.clear();
  faces.still = false;
  mirror();
  metrics.start(now);
  adaptation.reset();
  hints.start(now);
  become("live");
  loop.start();
  faces.overlay.start();
  void keepScreenOn();
  announcer.say(spoken);
}

function goStill() {
  loop.stop();
  results.clear();
  faces.still = true;
  mirror();
  metrics.start(performance.now());
  figures.end();
  become("still");
  faces.overlay.start();
}

function stop() {
  const ended = t(source === "camera" ? "announce.stopped" : "announce.closed");
  shutDown();
  become("idle");
  notice.focus();
  announcer.say(ended);
}

/** @param {import("./notice.js").NoticeKind} problem @param {string} [detail] the browser's own words, or a file's name */
function failed(problem, detail = "") {
  shutDown();
  become("idle", problem, detail);
  notice.focus();
  announcer.say(notice.spoken);
}

function shutDown() {
  void letScreenSleep();
  faces.overlay.stop();
  release();
  stage.empty();
  figures.end();
  source = "camera";
  mirror();
  announcer.reset();
}

/**
 * @param {PageState} next
 * @param {import("./notice.js").NoticeKind} [shown] the notice on the stage, while no picture is
 * @param {string} [detail]
 */
function become(next, shown = next === "starting" ? "starting" : "idle", detail = "") {
  state = next;
  stage.root.dataset.state = next;
  stopButton.disabled = next === "idle";
  setText(byId("stop-label"), t(source === "file" && next !== "idle" ? "stop.files" : "stop.camera"));
  if (next === "live" || next === "still") {
    notice.hide();
    if (document.activeElement === document.body) stopButton.focus({ preventScroll: true }); // The start button is gone.
  } else notice.show(shown, detail);
  showConnection(connection, state === "live");
}

async function refreshCameras() {
  const cameras = await camera.list();
  controls.show(cameras, camera.deviceId);
  return cameras.length;
}

function mirror() {
  const mirrored = source === "camera" && controls.mirrored;
  controls.mirrorUsable = source === "camera";
  faces.overlay.mirrored = stage.mirrored = mirrored;
}

// ---- Figures and words, a few times a second ----

function refreshFaces() {
  if (state === "idle" || document.hidden) return;
  results.refresh(state === "live");
}

function refreshFigures() {
  if (state !== "live" || document.hidden || files.paused) return;
  const now = performance.now();
  metrics.sample(now, connection.online);
  const { results_now, camera_fps, display_fps } = figures.update(now, { camera: stage.size, frame: loop.frame });
  const situation = {
    faces: faces.overlay.boxes.length,
    light: loop.light,
    results: results_now,
    camera: camera_fps,
    display: display_fps,
    bottleneck: adaptation.bottleneck,
    deviceMs: adaptation.deviceMs,
    fromFile: source === "file",
  };
  const text = connection.online ? hints.hint(situation, now) : null;
  hintLine.show(text);
  announcer.hint(text, now);
}

/** The picture moves again after a pause of the video, of the tab, or of the connection. */
function resume() {
  const now = performance.now();
  results.forgetUndrawn();
  metrics.resume(now);
  hints.start(now);
}

function connectionChanged() {
  if (connection.online) {
    adaptation.reset();
    resume();
    files.retry();
  }
  // An idle page: what was on is turned off until it is started again. A still picture needs no connection.
  if (connection.state === "asleep" && state !== "still") failed("asleep", connection.reason);
  else showConnection(connection, state === "live");
}

function visibilityChanged() {
  if (state !== "live") return;
  if (document.hidden) {
    loop.stop();
    announcer.say(t("announce.paused"));
  } else {
    resume();
    loop.start();
    void keepScreenOn();
  }
}

new FileInput(stage.root, openFiles);
byId("sample").addEventListener("click", () => void openSample());
stopButton.addEventListener("click", stop);
files.addEventListener("paused", () => {
  faces.still = files.paused;
  hintLine.show(null);
  if (!files.paused) resume();
});
controls.addEventListener("mirror", mirror);
controls.addEventListener("camera", () => {
  if (state !== "idle") void startCamera();
});
camera.addEventListener("lost", (event) => {
  const { problem, detail } = /** @type {CustomEvent<CameraError>} */ (event).detail;
  failed(problem, detail);
});
camera.addEventListener("devices", async () => {
  const count = await refreshCameras();
  // The missing camera is connected now, and starting it was asked for already.
  if (count > 0 && notice.kind === "no_camera") void startCamera();
});
connection.addEventListener("hello", () => {
  metrics.setServerStages(connection.hello?.stages ?? []);
  figures.showStages();
});
connection.addEventListener("state", connectionChanged);
document.addEventListener("visibilitychange", visibilityChanged);
window.addEventListener("pagehide", () => {
  if (state !== "idle") stop();
});

watchReducedMotion((reduced) => {
  faces.smooth = !reduced;
});
installTestHooks({ metrics, overlay: faces.overlay, camera, connection, loop, encoder, adaptation });
mirror();
become("idle");
void refreshCameras();
setInterval(refreshFaces, 1000 / REFRESHES_PER_SECOND);
setInterval(refreshFigures, 1000 / SAMPLES_PER_SECOND);
document.documentElement.dataset.ready = "";
