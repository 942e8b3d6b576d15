/** Tells when there is a new picture, and hands it over where the browser gives it before the display has it. */

import { CameraPictures, canReadCamera } from "./camera_pictures.js";

/**
 * @typedef {object} Tick a new picture
 * @property {number} shownAt the time of the rendering step that shows it, on the clock of `requestAnimationFrame`
 * @property {number} capturedAt when the camera took it, where the browser knows; else when the page was told of it
 * @property {VideoFrame | null} picture the picture itself, to be closed by whoever got the tick; null for what the video shows
 */

/**
 * Calls back once for each new picture of a playing video: of a camera as soon as it is there, where the browser can do that, else
 * once the video shows it.
 *
 * @param {HTMLVideoElement} video
 * @param {(tick: Tick) => void} onTick
 * @returns {() => void} stops it
 */
export function watchFrames(video, onTick) {
  if (!("requestVideoFrameCallback" in video)) return watchCurrentTime(video, onTick);
  if (canReadCamera(video)) return watchCamera(video, onTick);
  return watchPresented(video, (shownAt, capturedAt) =>
    onTick({ shownAt, capturedAt: capturedAt ?? shownAt, picture: null }),
  );
}

/** @param {HTMLVideoElement} video @param {(tick: Tick) => void} onTick */
function watchCamera(video, onTick) {
  const pictures = new CameraPictures(video, onTick);
  const stopWatching = watchPresented(video, (shownAt, capturedAt) => pictures.presented(shownAt, capturedAt));
  return () => {
    stopWatching();
    pictures.close();
  };
}

/** @param {HTMLVideoElement} video @param {(shownAt: number, capturedAt: number | null) => void} onPresented */
function watchPresented(video, onPresented) {
  /** @type {VideoFrameRequestCallback} */
  const presented = (now, frame) => {
    handle = video.requestVideoFrameCallback(presented);
    // Only a local camera's frames carry a capture time; an impossible one (some virtual cameras) is ignored.
    const { captureTime } = frame;
    const believable = captureTime !== undefined && captureTime <= now && now - captureTime < 2000;
    onPresented(now, believable ? captureTime : null);
  };
  let handle = video.requestVideoFrameCallback(presented);
  return () => video.cancelVideoFrameCallback(handle);
}

/**
 * For browsers without `requestVideoFrameCallback`: whenever the video's time has moved on at a display frame.
 *
 * @param {HTMLVideoElement} video
 * @param {(tick: Tick) => void} onTick
 */
function watchCurrentTime(video, onTick) {
  let last = -1;
  const look = (/** @type {number} */ now) => {
    handle = requestAnimationFrame(look);
    if (video.currentTime === last || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    last = video.currentTime;
    onTick({ shownAt: now, capturedAt: now, picture: null });
  };
  let handle = requestAnimationFrame(look);
  return () => cancelAnimationFrame(handle);
}
