/** Tells when the video shows a new picture. */

/**
 * @typedef {object} Tick a new picture in the video
 * @property {number} shownAt the time of the rendering step that shows it, on the clock of `requestAnimationFrame`
 * @property {number} capturedAt when the camera took it, where the browser knows; else `shownAt`
 */

/**
 * Calls back once for each new picture of a playing video: by `requestVideoFrameCallback`, or, where a browser lacks it, whenever
 * the video's time has moved on at a display frame.
 *
 * @param {HTMLVideoElement} video
 * @param {(tick: Tick) => void} onTick
 * @returns {() => void} stops it
 */
export function watchFrames(video, onTick) {
  return "requestVideoFrameCallback" in video ? watchPresented(video, onTick) : watchCurrentTime(video, onTick);
}

/** @param {HTMLVideoElement} video @param {(tick: Tick) => void} onTick */
function watchPresented(video, onTick) {
  /** @type {VideoFrameRequestCallback} */
  const presented = (now, frame) => {
    handle = video.requestVideoFrameCallback(presented);
    // Only a local camera's frames carry a capture time; an impossible one (some virtual cameras) is ignored.
    const { captureTime } = frame;
    const believable = captureTime !== undefined && captureTime <= now && now - captureTime < 2000;
    onTick({ shownAt: now, capturedAt: believable ? captureTime : now });
  };
  let handle = video.requestVideoFrameCallback(presented);
  return () => video.cancelVideoFrameCallback(handle);
}

/** @param {HTMLVideoElement} video @param {(tick: Tick) => void} onTick */
function watchCurrentTime(video, onTick) {
  let last = -1;
  const look = (/** @type {number} */ now) => {
    handle = requestAnimationFrame(look);
    if (video.currentTime === last || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    last = video.currentTime;
    onTick({ shownAt: now, capturedAt: now });
  };
  let handle = requestAnimationFrame(look);
  return () => cancelAnimationFrame(handle);
}
