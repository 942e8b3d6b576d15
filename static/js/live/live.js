/** The live page: puts the parts together, and says at each moment what they do. */

import { byId } from "../shared/elements.js";
import { onServersMachine } from "../shared/same_machine.js";
import { watchReducedMotion } from "../shared/theme.js";
import { Adaptation } from "./adaptation.js";
import { Announcer } from "./announcer.js";
import { CameraControls } from "./camera_controls.js";
import { offerCameraName } from "./camera_name.js";
import { Connection } from "./connection.js";
import { showConnection } from "./connection_status.js";
import { Controls } from "./controls.js";
import { FrameEncoder } from "./encoder.js";
import { Figures } from "./figures.js";
import { FileInput } from "./file_input.js";
import { FrameLoop } from "./frame_loop.js";
import { FullScreen } from "./full_screen.js";
import { Help } from "./help.js";
import { HintLine } from "./hint_line.js";
import { Hints } from "./hints.js";
import { Keeping } from "./keeping.js";
import { Results } from "./results.js";
import { Session } from "./session.js";
import { SAMPLES_PER_SECOND, SessionMetrics } from "./session_metrics.js";
import { SettingsSheet } from "./settings_sheet.js";
import { listenToKeys } from "./shortcuts.js";
import { Stage } from "./stage.js";
import { installTestHooks } from "./test_hooks.js";
import { showTitle } from "./title.js";

/** Labels and cards change their words so often: more could not be read. */
const REFRESHES_PER_SECOND = 4;

const stage = new Stage();
const metrics = new SessionMetrics();
const adaptation = new Adaptation();
const hints = new Hints();
const announcer = new Announcer();
const hintLine = new HintLine();
const connection = new Connection();
const encoder = new FrameEncoder();
const figures = new Figures(metrics);
const results = new Results({ stage, metrics, figures, announcer, hintLine });
const { faces } = results;
const cameraControls = new CameraControls();
const loop = new FrameLoop({
  video: stage.video,
  encoder,
  connection,
  adaptation,
  metrics,
  onResult: (result, tick) => results.takeFrame(result, tick),
  onTrouble: (trouble) => hints.trouble(trouble, performance.now()),
});
const keeping = new Keeping({ stage, faces, metrics, announcer });
const settings = new SettingsSheet(adaptation);
const session = new Session({
  stage,
  controls: cameraControls,
  settings,
  connection,
  loop,
  adaptation,
  metrics,
  hints,
  hintLine,
  results,
  figures,
  keeping,
  announcer,
});
const controls = new Controls(session);

// ---- Figures and words, a few times a second ----

function refreshFaces() {
  if (session.state === "idle" || document.hidden) return;
  results.refresh(session.state === "live");
}

function refreshFigures() {
  if (session.state !== "live" || document.hidden || session.paused) return;
  const now = performance.now();
  metrics.sample(now, connection.online);
  keeping.observe(now);
  const { results_now, camera_fps, display_fps, round_trip_ms } = figures.update(now, {
    camera: stage.size,
    frame: loop.frame,
  });
  const inView = faces.overlay.boxes.length;
  fullScreen.show({ rate: results_now, roundTripMs: round_trip_ms.p50, faces: inView });
  showTitle(session, results_now);
  settings.say(loop.frame);
  const situation = {
    faces: inView,
    light: loop.light,
    results: results_now,
    camera: camera_fps,
    display: display_fps,
    bottleneck: adaptation.bottleneck,
    deviceMs: adaptation.deviceMs,
    fixed: adaptation.fixed,
    fromFile: session.source === "file",
  };
  const text = connection.online ? hints.hint(situation, now) : null;
  hintLine.show(text);
  announcer.hint(text, now);
}

// ---- Events ----

function stateChanged() {
  controls.show();
  showTitle(session);
  showConnection(connection, session.state === "live");
}

function connectionChanged() {
  if (connection.online) {
    adaptation.reset();
    session.resume();
    session.retry();
  }
  // An idle page: what was on is turned off until it is started again. A picture that stands still needs no connection.
  const asleep = connection.state === "asleep" && session.state !== "still" && !session.paused;
  if (asleep) session.fail("asleep", connection.reason);
  else showConnection(connection, session.state === "live");
}

offerCameraName(connection);
const help = new Help();
const fullScreen = new FullScreen();
listenToKeys({
  " ": () => (session.state === "idle" ? void session.startCamera() : session.togglePause()),
  s: () => keeping.keepSnapshot(),
  m: () => cameraControls.toggleMirror(),
  f: () => void fullScreen.toggle(),
  r: () => keeping.keepTable(),
  "?": () => help.open(),
});
settings.addEventListener("size", () => {
  if (session.source === "camera" && session.state !== "idle") void session.startCamera();
});
new FileInput(stage.root, (chosen) => session.openFiles(chosen));
byId("sample").addEventListener("click", () => void session.openSample());
session.addEventListener("state", stateChanged);
cameraControls.addEventListener("mirror", () => session.mirror());
cameraControls.addEventListener("camera", () => {
  if (session.state !== "idle") void session.startCamera();
});
connection.addEventListener("hello", () => {
  adaptation.sameMachine = onServersMachine(connection.hello);
  metrics.setServerStages(connection.hello?.stages ?? []);
  figures.showStages();
});
connection.addEventListener("state", connectionChanged);
document.addEventListener("visibilitychange", () => session.visibility(document.hidden));
window.addEventListener("pagehide", () => {
  if (session.state !== "idle") session.stop();
});

watchReducedMotion((reduced) => {
  faces.smooth = !reduced;
});
installTestHooks({ metrics, overlay: faces.overlay, camera: session.camera, connection, loop, encoder, adaptation });
stateChanged();
setInterval(refreshFaces, 1000 / REFRESHES_PER_SECOND);
setInterval(refreshFigures, 1000 / SAMPLES_PER_SECOND);
document.documentElement.dataset.ready = "";
