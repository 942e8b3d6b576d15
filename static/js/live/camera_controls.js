/** The choices under the stage: which camera, mirrored or not. */

import { byId } from "../shared/elements.js";
import { t } from "../shared/i18n.js";
import { forget, recall, remember } from "../shared/settings.js";

/** The setting of a camera. @param {string} deviceId */
const mirrorOf = (deviceId) => `mirror.${deviceId}`;
/** Chosen while no camera is open, or while one is being opened: it is meant for the next one that is. */
const NEXT_MIRROR = "mirror";

/** Fires `camera` when another camera is chosen and `mirror` when the mirror is switched. */
export class CameraControls extends EventTarget {
  #picker = byId("camera-picker", HTMLSelectElement);
  #mirror = byId("mirror", HTMLInputElement);
  /** Empty while no camera is open. */ #openId = "";

  constructor() {
    super();
    this.#mirror.checked = recall(NEXT_MIRROR) !== "off";
    this.#mirror.addEventListener("change", () => {
      remember(this.#openId ? mirrorOf(this.#openId) : NEXT_MIRROR, this.mirrored ? "on" : "off");
      this.dispatchEvent(new Event("mirror"));
    });
    this.#picker.addEventListener("change", () => {
      remember("camera", this.#picker.value);
      this.dispatchEvent(new Event("camera"));
    });
  }

  /**
   * A camera is mirrored as it was last, each for itself, or as was chosen just before it opened. At first a camera that faces people
   * is, as a mirror is, and a rear camera is not: what is written in its picture could not be read.
   *
   * @param {string} deviceId the open camera
   * @param {boolean} facesAway
   */
  opened(deviceId, facesAway) {
    this.#openId = deviceId;
    const chosen = recall(NEXT_MIRROR);
    forget(NEXT_MIRROR);
    if (chosen) remember(mirrorOf(deviceId), chosen);
    this.#mirror.checked = (recall(mirrorOf(deviceId)) ?? (facesAway ? "off" : "on")) === "on";
  }

  /** No camera is open any more; which one is next is not known yet. */
  closed() {
    this.#openId = "";
  }

  /** As if the switch had been pressed. */
  toggleMirror() {
    if (!this.#mirror.disabled) this.#mirror.click();
  }

  /** Files are not mirrored. @param {boolean} usable */
  set mirrorUsable(usable) {
    this.#mirror.disabled = !usable;
  }

  get mirrored() {
    return this.#mirror.checked;
  }

  /** The camera to open: chosen now, or remembered. */
  get deviceId() {
    return this.#picker.value || recall("camera") || "";
  }

  /**
   * Shows the cameras there are.
   *
   * @param {readonly MediaDeviceInfo[]} cameras
   * @param {string} openId the one that is open; empty for none
   */
  show(cameras, openId) {
    cameras = cameras.filter((camera) => camera.deviceId);
    const options = cameras.map(
      (camera, index) => new Option(camera.label || t("camera.unnamed", { number: index + 1 }), camera.deviceId),
    );
    const wanted = openId || recall("camera");
    const chosen = cameras.find((camera) => camera.deviceId === wanted);
    // Until one is open or remembered, the browser chooses: the first of the list may be a phone's rear camera.
    if (!chosen) options.unshift(new Option(t("camera.default"), ""));
    this.#picker.replaceChildren(...options);
    this.#picker.disabled = cameras.length === 0;
    this.#picker.value = chosen?.deviceId ?? "";
    this.#picker.title = chosen?.label ?? ""; // a long name does not fit in
  }
}
