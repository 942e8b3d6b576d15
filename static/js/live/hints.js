/** The hint that helps at this moment, if any: first what just went wrong, then what slows the results down. */

import { integer, size } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { reasonText } from "../shared/reasons.js";

/** @typedef {import("./frame_loop.js").Trouble} Trouble */

const TROUBLE_SHOWN_MS = 4000;
const NO_FACE_AFTER_MS = 3000;
const NO_PICTURE_AFTER_MS = 2500;
const SLOW_AFTER_MS = 5000;
/** Under this mean luma the picture is dark; hints go away again somewhat above it. */
const DARK = 45;
const SLOW_FPS = 15;
const SLOW_CAMERA_FPS = 20;
/** Under this the device is quick again, and larger pictures are tried soon. */
const SLOW_DEVICE_MS = 40;

/** What to tell people, by the code that the frame loop gives. @type {Record<string, (trouble: Trouble) => string | null>} */
const TROUBLES = {
  no_answer: () => t("hint.no_answer"),
  timeout: () => t("hint.no_answer"),
  worker_lost: () => t("hint.worker_lost"),
  shutting_down: () => null, // The banner says it.
  encoding_failed: () => t("hint.encoding_failed"),
  too_many_frames: () => t("hint.too_many_frames"),
  frame_too_large: ({ message }) => {
    const limit = size(Number(message));
    return t("hint.frame_too_large", { limit: `${limit.value} ${limit.unit}` });
  },
};

/**
 * @typedef {object} Situation
 * @property {number} faces in view
 * @property {number | null} light mean luma, where known
 * @property {number} results per second
 * @property {number} camera FPS
 * @property {number} display FPS
 * @property {import("./adaptation.js").Bottleneck | null} bottleneck
 * @property {number} deviceMs what this device takes for a frame
 * @property {boolean} fixed the frames' size was chosen, and is not adapted
 * @property {boolean} fromFile a video file or a sample, not a camera
 */

export class Hints {
  /** @type {{text: string, until: number} | null} */ #trouble = null;
  #startedAt = NaN;
  #faceSeenAt = NaN;
  #fastAt = NaN;
  #pictureAt = NaN;
  #dark = false;

  /** The camera starts, or goes on after a pause. @param {number} now */
  start(now) {
    this.#startedAt = this.#faceSeenAt = this.#fastAt = this.#pictureAt = now;
    this.#dark = false;
    this.#trouble = null;
  }

  /** @param {Trouble} trouble @param {number} now */
  trouble(trouble, now) {
    const explain = TROUBLES[trouble.code];
    const text = explain
      ? explain(trouble)
      : t("hint.frame_refused", { reason: reasonText(trouble.code, trouble.message) });
    if (text !== null) this.#trouble = { text, until: now + TROUBLE_SHOWN_MS };
  }

  /**
   * @param {Situation} situation
   * @param {number} now
   * @returns {string | null} the hint to show
   */
  hint(situation, now) {
    this.#observe(situation, now);
    if (this.#trouble && now < this.#trouble.until) return this.#trouble.text;
    const aboutPicture = situation.fromFile ? this.#ofFile(now) : this.#ofCamera(situation, now);
    if (aboutPicture) return aboutPicture;
    return situation.results > 0 && now - this.#fastAt > SLOW_AFTER_MS ? slowness(situation) : null;
  }

  /** @param {Situation} situation @param {number} now */
  #ofCamera({ display }, now) {
    // A page that hardly draws does not see whether the camera sends any.
    if (now - this.#pictureAt > NO_PICTURE_AFTER_MS)
      return t(display < SLOW_CAMERA_FPS ? "hint.slow_browser" : "hint.no_pictures");
    const dark = this.#dark && now - this.#startedAt > NO_FACE_AFTER_MS;
    if (now - this.#faceSeenAt > NO_FACE_AFTER_MS) return t(dark ? "hint.low_light" : "hint.no_face");
    return dark ? t("hint.low_light") : null;
  }

  /** Nobody can add light to a recording. @param {number} now */
  #ofFile(now) {
    return now - this.#faceSeenAt > NO_FACE_AFTER_MS ? t("hint.no_face_file") : null;
  }

  /** @param {Situation} situation @param {number} now */
  #observe({ faces, results, camera, light }, now) {
    if (faces > 0 || results === 0) this.#faceSeenAt = now; // Without results nobody knows.
    if (results >= SLOW_FPS) this.#fastAt = now;
    if (camera >= 1) this.#pictureAt = now;
    if (light !== null) this.#dark = light < (this.#dark ? DARK + 10 : DARK);
  }
}

/** @param {Situation} situation */
function slowness({ results, camera, display, bottleneck, deviceMs, fixed }) {
  if (bottleneck === "machine") return t("hint.slow_machine", { fps: integer(results) });
  if (fixed && (bottleneck === "network" || bottleneck === "device")) return t("hint.slow_fixed");
  if (bottleneck === "device" && deviceMs > SLOW_DEVICE_MS) return t("hint.slow_device", { ms: integer(deviceMs) });
  // A page that seldom draws sees few of the camera's pictures, however many it delivers.
  if (display < SLOW_CAMERA_FPS) return t("hint.slow_browser");
  if (camera < SLOW_CAMERA_FPS && camera < results + 3) return t("hint.slow_camera", { fps: integer(camera) });
  if (bottleneck === "network") return t("hint.slow_network");
  return bottleneck === "server" ? t("hint.slow_server", { fps: integer(results) }) : null;
}
