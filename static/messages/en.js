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
  "connection.banner": "Connection lost. Trying again by itself, your camera stays on.",

  // The stage when it shows no picture: title, text, button
  "notice.idle.title": "See what your face looks like to three neural networks",
  "notice.idle.text": "Turn the camera on and each face in view gets its expression, age and gender, live.",
  "notice.idle.action": "Start camera",
  "notice.starting.title": "Waiting for the camera",
  "notice.starting.text": "If your browser asks, allow this page to use the camera.",
  "notice.insecure.title": "A camera needs a secure address",
  "notice.insecure.text": "Browsers give the camera only to https pages and to localhost. Open this page by its https address, or as http://localhost on the computer that runs it.",
  "notice.denied.title": "The camera is blocked for this page",
  "notice.denied.text": "Allow it in the browser’s site settings (the icon left of the address), then try again. Some systems also have a camera switch in their privacy settings.",
  "notice.denied.action": "Try again",
  "notice.dismissed.title": "The camera was not allowed",
  "notice.dismissed.text": "The browser’s question was closed without an answer. Try again and choose “Allow”.",
  "notice.dismissed.action": "Try again",
  "notice.no_camera.title": "No camera found",
  "notice.no_camera.text": "Connect a camera, or switch it on, and try again. A camera that appears is noticed by itself.",
  "notice.no_camera.action": "Try again",
  "notice.in_use.title": "The camera is busy",
  "notice.in_use.text": "Another program or tab seems to be using it. Close that one, or choose another camera below, and try again.",
  "notice.in_use.action": "Try again",
  "notice.unplugged.title": "The camera went away",
  "notice.unplugged.text": "It was unplugged or switched off. Connect it again, or choose another one below.",
  "notice.unplugged.action": "Try again",
  "notice.failed.title": "The camera did not start",
  "notice.failed.text": "The browser said: {detail}",
  "notice.failed.action": "Try again",

  // Gentle hints on the picture
  "hint.no_face": "No face in view. Face the camera, come closer, or add some light in front of you.",
  "hint.no_pictures": "The camera sends no pictures at the moment. Is it covered, or in use elsewhere?",
  "hint.low_light": "It is rather dark. Light in front of you makes the labels better.",
  "hint.slow_camera": "Your camera gives only {fps} pictures a second. More light often helps.",
  "hint.slow_network": "The network is slow: frames are sent smaller. Closer to the access point is better.",
  "hint.slow_server": "The server is busy: answers come at {fps} a second.",
  "hint.slow_browser": "This device is busy: other tabs or power saving may slow the page down.",
  "hint.no_answer": "The server is connected but does not answer. Waiting for it…",
  "hint.worker_lost": "The analysis was restarted and goes on.",
  "hint.frame_refused": "The server refused a frame: {reason}",
  "hint.frame_too_large": "The pictures are too large for this server ({limit}): sending smaller ones.",
  "hint.encoding_failed": "This browser cannot turn the camera’s pictures into JPEG, so none can be sent.",

  // Camera picker
  "camera.default": "Default camera",
  "camera.unnamed": "Camera {number}",

  // Spoken by screen readers
  "announce.started": "Camera on.",
  "announce.stopped": "Camera off.",
  "announce.faces": { one: "{count} face in view.", other: "{count} faces in view." },
  "announce.paused": "Paused while this tab is hidden.",

  // A face
  "face.title": "Face {number}",
  "face.expression": "Expression",
  "face.age": "Age",
  "face.gender": "Gender",
  "face.years": "{years} years",
  "face.decade": "ages {decade}: {share}",
  "face.share": "{share} confidence",
  "face.more": { one: "and {count} more face", other: "and {count} more faces" },
  "chip.expression": "{label} {share}",
  "chip.traits": "{gender} {share}, {years} years",

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
  "meter.dropped.title": "In the browser, a newer frame was ready: {browser}. On the server: {server}. No answer in time: {timeout}. Lost with the connection: {lost}.",
  "meter.sent": "Sent",
  "meter.sent.detail": "{size}, {width} × {height}",
  "unit.per_second": "/s",
  "unit.fps": "FPS",
  "unit.ms": "ms",
  "unit.percent": "%",
  "unit.frames": "frames",

  // The share page
  "share.copy": "Copy",
  "share.copied": "Copied",
  "share.unknown": "–",

  // Charts
  "chart.paper": "the paper: {fps}",
  "chart.band": "24–30",
  "chart.ago": "{seconds} s",
  "chart.fps.summary": "Results per second over the last minute: now {now}, average {average}, minimum {minimum}, 5th percentile {p5}. The paper reached {paper}.",
  "chart.latency.summary": "Average time per frame in milliseconds: {stages}.",
  "latency.encode": "Encode",
  "latency.network": "Network",
  "latency.queue": "Queue",
  "latency.decode": "Decode",
  "latency.detect": "Detect",
  "latency.expression": "Expression",
  "latency.age": "Age",
  "latency.gender": "Gender",
  "latency.other": "Other",
};
