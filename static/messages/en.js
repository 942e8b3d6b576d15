/**
 * What the scripts say, in English. A second language is a second file with the same keys, named by the page's import map.
 *
 * `{name}` is filled in by `t(key, {name})`. A value with `one` and `other` is chosen by `{count}` under the language's plural rules.
 *
 * @type {Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>}
 */
export const messages = {
  // The line to the server
  "connection.connecting": "Connecting to the server…",
  "connection.online": "Connected",
  "connection.offline": "No connection, trying again…",
  "connection.banner": "Connection lost. Trying to reconnect. This page then continues.",
  "connection.banner.goodbye": "The server is shutting down. This page continues when it is back.",

  "connection.refused": "Server full, trying again…",
  "connection.asleep": "Paused",
  "refused.too_many_cameras": {
    one: "The server is full: it takes {count} live page at a time. Trying again every few seconds.",
    other: "The server is full: it takes {count} live pages at a time. Trying again every few seconds.",
  },
  "refused.too_many_watchers": {
    one: "The server is full: it takes {count} dashboard at a time. Trying again every few seconds.",
    other: "The server is full: it takes {count} dashboards at a time. Trying again every few seconds.",
  },
  "refused.keeps_failing":
    "The server failed on this page’s pictures again and again. Trying again; another camera may help.",
  "refused.other": "The server refused the connection: {reason}",

  // The stage when it shows no picture: title, text, button
  "notice.idle.title": "See how three neural networks read your face",
  "notice.idle.text":
    "Turn the camera on, or open a picture or a video: each face gets its expression, age and gender.",
  "notice.idle.action": "Start camera",
  "notice.starting.title": "Waiting for the camera",
  "notice.starting.text": "If your browser asks, allow this page to use the camera.",
  "notice.insecure.title": "A camera needs a secure address",
  "notice.insecure.text":
    "Browsers allow the camera only on https pages and on localhost. Open this page by its https address, or as http://localhost on the computer that runs it.",
  "notice.denied.title": "The camera is blocked for this page",
  "notice.denied.text":
    "Allow it in the browser’s site settings (the icon left of the address), then try again. Some systems also have a camera switch in their privacy settings.",
  "notice.denied.action": "Try again",
  "notice.dismissed.title": "The camera was not allowed",
  "notice.dismissed.text":
    "The browser’s question was closed without an answer, or the permission was withdrawn. Try again and choose “Allow”.",
  "notice.dismissed.action": "Try again",
  "notice.no_camera.title": "No camera found",
  "notice.no_camera.text": "Connect a camera, or switch it on. This page starts it as soon as it is found.",
  "notice.no_camera.action": "Try again",
  "notice.in_use.title": "The camera is busy",
  "notice.in_use.text":
    "Another program or tab seems to be using it. Close that one, or choose another camera below, and try again.",
  "notice.in_use.action": "Try again",
  "notice.unplugged.title": "The camera was disconnected",
  "notice.unplugged.text": "It was unplugged or switched off. Connect it again, or choose another camera below.",
  "notice.unplugged.action": "Try again",
  "notice.failed.title": "The camera did not start",
  "notice.failed.text": "The browser said: {detail}",
  "notice.failed.action": "Try again",

  "notice.unreadable.title": "This browser cannot show that file",
  "notice.unreadable.text":
    "{detail} is in a format that it does not know. Pictures as JPEG, PNG or WebP and videos as MP4 or WebM work; save HEIC photos as JPEG first.",
  "notice.unreadable.action": "Start camera",
  "notice.no_sample.title": "The sample could not be loaded",
  "notice.no_sample.text": "The server was not reached. Try again when it is connected.",
  "notice.no_sample.action": "Start camera",

  "notice.asleep.title": "Paused, to make room for others",
  "notice.asleep.text":
    "This page sent no picture for {detail}, so the server closed the connection. A camera that was on was turned off.",
  "notice.asleep.action": "Continue",

  // Gentle hints on the picture
  "hint.no_face": "No face in view. Face the camera, come closer, or add some light in front of you.",
  "hint.no_pictures": "The camera is sending no pictures. Is it covered, or used by another program?",
  "hint.low_light": "It is rather dark. Light in front of you makes the labels more reliable.",
  "hint.slow_camera": "Your camera delivers only {fps} pictures a second. More light often helps.",
  "hint.slow_device":
    "This device takes {ms} ms for each picture, so smaller ones are sent. Closing other tabs and programs helps.",
  "hint.no_face_file": "No face found at this moment.",
  "hint.slow_network": "The network is slow: frames are sent smaller. Closer to the access point is better.",
  "hint.slow_server": "The server is busy: answers come at {fps} a second.",
  "hint.slow_browser": "This device is busy: other tabs or power saving may slow the page down.",
  "hint.no_answer": "The server is connected but does not answer. Waiting for it…",
  "hint.worker_lost": "The analysis was restarted and continues.",
  "hint.frame_refused": "The server refused a frame: {reason}",
  "hint.frame_too_large": "The pictures are too large for this server (limit {limit}). Sending smaller ones.",
  "hint.too_many_frames": "The camera sends more pictures than this server accepts: some are skipped.",
  "hint.encoding_failed": "This browser cannot turn the camera’s pictures into JPEG, so none can be sent.",

  // Pictures and videos from this device
  "stop.camera": "Stop camera",
  "stop.files": "Close",
  "strip.faces": { one: "{count} face", other: "{count} faces" },
  "strip.problem": "failed",
  "strip.left_out": { one: "{count} more file was left out", other: "{count} more files were left out" },
  "sample.clip": "Sample clip",
  "sample.picture": "Sample picture",
  "picture.analysing": "Looking for faces…",
  "picture.no_face": "No face found in this picture.",
  "picture.offline": "The server was not reached. The picture is sent again when it is connected.",
  "picture.busy": "The server is too busy for pictures at the moment. Choose the picture again in a while.",
  "picture.refused": "The server refused this picture: {reason}",
  "picture.unreadable":
    "This browser cannot show this file. JPEG, PNG and WebP, MP4 and WebM work; save HEIC photos as JPEG first.",

  // Camera picker
  "camera.default": "Default camera",
  "camera.unnamed": "Camera {number}",

  // Spoken by screen readers
  "announce.started": "Camera on.",
  "announce.stopped": "Camera off.",
  "announce.faces": { one: "{count} face in view.", other: "{count} faces in view." },
  "announce.opened": "{name} is open.",
  "announce.closed": "Closed.",
  "announce.paused": "Paused while this tab is hidden.",

  // A face
  "face.title": "Face {number}",
  "face.age": "Age",
  "face.gender": "Gender",
  "face.years": "{years} years",
  "face.decade": "ages {decade}: {share}",
  "face.share": "{share} confidence",
  "face.more": { one: "and {count} more face", other: "and {count} more faces" },
  "face_label.expression": "{label} {share}",
  "face_label.traits": "{gender} {share}, {years} years",

  "expression.angry": "Angry",
  "expression.disgust": "Disgust",
  "expression.fear": "Fear",
  "expression.happy": "Happy",
  "expression.neutral": "Neutral",
  "expression.sad": "Sad",
  "expression.surprise": "Surprise",
  "gender.female": "Female",
  "gender.male": "Male",

  // Numbers
  "meter.results": "Results",
  "meter.results.detail": "{times} × the paper",
  "meter.camera": "Camera",
  "meter.display": "Display",
  "meter.display.detail": "overlay redraws",
  "meter.round_trip": "Round trip",
  "meter.round_trip.detail": "p95 {p95} ms",
  "meter.dropped": "Dropped",
  "meter.dropped.detail": "{share} of camera frames",
  "meter.dropped.title":
    "Replaced by a newer frame in the browser: {browser}. Replaced on the server: {server}. No answer in time: {timeout}. Lost with the connection: {lost}.",
  "meter.sent": "Sent",
  "meter.sent.detail": "{size}, {width} × {height}",
  "unit.per_second": "/s",
  "unit.fps": "FPS",
  "unit.ms": "ms",
  "unit.mb": "MB",
  "unit.frames": "frames",

  "unit.of": "of {count}",
  "duration": "{value} {unit}",
  "duration.seconds": { one: "second", other: "seconds" },
  "duration.minutes": { one: "minute", other: "minutes" },
  "duration.hours": { one: "hour", other: "hours" },
  "duration.days": { one: "day", other: "days" },

  // The dashboard
  "overview.cameras": "Cameras on",
  "overview.cameras.detail": {
    one: "{count} page open, room for {limit}",
    other: "{count} pages open, room for {limit}",
  },
  "overview.faces": "Faces in view",
  "overview.faces.detail": "in all cameras’ last frames",
  "overview.results": "Results",
  "overview.results.detail": "{count} since the start",
  "overview.latency": "Slowest p95",
  "overview.latency.detail": "camera {number}, on the server",
  "overview.dropped": "Dropped",
  "overview.dropped.detail": "{share} of {count} frames",
  "overview.errors": "Errors",
  "overview.errors.detail": "frames refused; {count} connections refused",
  "overview.workers": "Workers",
  "overview.workers.detail": {
    one: "{replaced} replaced, {count} frame waits",
    other: "{replaced} replaced, {count} frames wait",
  },
  "overview.uptime": "Running for",
  "overview.uptime.detail": {
    one: "{count} camera session so far; {watchers} watching",
    other: "{count} camera sessions so far; {watchers} watching",
  },
  "session.number": "Camera",
  "session.name": "Camera {number}",
  "session.fps": "Results/s",
  "session.history": "Last two minutes",
  "session.history.summary": "Results per second over the last {seconds} seconds: lowest {lowest}, highest {highest}.",
  "session.faces": "Faces",
  "session.p50": "p50, ms",
  "session.p95": "p95, ms",
  "session.stages": "Time by stage",
  "session.stages.summary": "Median milliseconds by stage: {stages}.",
  "session.dropped": "Dropped",
  "session.errors": "Errors",
  "session.since": "On for",
  "session.more": "Latency by stage of camera {number}",
  "session.reasons": "Dropped: {dropped}. Errors: {errors}.",
  "session.none": "none",
  "stage.p50": "p50",
  "stage.p95": "p95",
  "dashboard.stale": {
    one: "No new numbers for {count} second: what you see is old.",
    other: "No new numbers for {count} seconds: what you see is old.",
  },
  "dashboard.waiting": "Waiting for the first numbers…",
  "load.cpu_web": "Web process",
  "load.cpu_workers": "Workers",
  "load.lag_p50": "p50",
  "load.lag_p99": "p99",
  "load.memory_mb": "All processes",
  "load.fps": "All cameras",
  "load.summary": "{title}, over the last two minutes. Now: {figures}.",
  // The share page
  "share.copy": "Copy",
  "share.copied": "Copied",
  "share.unknown": "–",

  // Charts
  "chart.paper": "the paper: {fps}",
  "chart.band": "24–30",
  "chart.ago": "{seconds} s",
  "chart.fps.summary":
    "Results per second over the last minute: now {now}, average {average}, minimum {minimum}, 5th percentile {p5}. The paper reached {paper}.",
  "chart.latency.summary": "Average time per frame in milliseconds: {stages}.",
  "latency.encode": "Encode",
  "latency.network": "Network",
  "latency.queue": "Queue",
  "latency.decode": "Decode",
  "latency.detect": "Detect",
  "latency.align": "Align",
  "latency.server": "Total",
  "latency.expression": "Expression",
  "latency.age": "Age",
  "latency.gender": "Gender",
  "latency.other": "Other",
};
