/** Opens, closes and lists cameras, and tells apart what can go wrong. */

/**
 * @typedef {"insecure" | "denied" | "dismissed" | "no_camera" | "in_use" | "unplugged" | "failed"} CameraProblem
 */

export class CameraError extends Error {
  /** @param {CameraProblem} problem @param {string} [detail] the browser's own words */
  constructor(problem, detail = "") {
    super(detail || problem);
    this.problem = problem;
    this.detail = detail;
  }
}

/** Stop was pressed, or another camera was chosen, before this one was open. */
export class Superseded extends Error {}

/** Fires `devices` when cameras come or go, and `lost`, with a CameraError as its detail, when the open camera ends unasked. */
export class Camera extends EventTarget {
  /** @type {MediaStream | null} */ #stream = null;
  #request = 0;

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener("devicechange", () => this.dispatchEvent(new Event("devices")));
  }

  /** The open camera's picture track. */
  get track() {
    return this.#stream?.getVideoTracks()[0] ?? null;
  }

  /** The open camera's id; empty for none. */
  get deviceId() {
    return this.track?.getSettings().deviceId ?? "";
  }

  /** Whether the open camera looks away from who holds it: a phone's rear camera. Not every browser says so; the name helps. */
  get facesAway() {
    const { track } = this;
    const facing = track?.getSettings().facingMode ?? track?.getCapabilities?.().facingMode?.[0];
    return facing ? facing === "environment" : /\b(back|rear|environment)\b/i.test(track?.label ?? "");
  }

  /**
   * Opens a camera; one that was open is closed first.
   *
   * @param {string} deviceId the chosen one, or "" for the browser's choice
   * @param {{width: number, height: number}} size to ask for; the browser gives the nearest that the camera has
   * @returns {Promise<MediaStream>}
   * @throws {CameraError} told apart by `problem`
   * @throws {Superseded}
   */
  async open(deviceId, size) {
    this.close();
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new CameraError("insecure");
    const request = this.#request;
    const stream = await askFor(deviceId, size);
    if (request !== this.#request) {
      release(stream);
      throw new Superseded();
    }
    this.#stream = stream;
    const allowed = permission();
    stream.getVideoTracks()[0].addEventListener("ended", async () => {
      if (this.#stream !== stream) return;
      this.close();
      const request = this.#request;
      const error = new CameraError(whyEnded(await allowed, await permission()));
      if (request === this.#request) this.dispatchEvent(new CustomEvent("lost", { detail: error }));
    });
    return stream;
  }

  /** Releases the camera: its light goes out. */
  close() {
    this.#request += 1;
    if (this.#stream) release(this.#stream);
    this.#stream = null;
  }

  /** @returns {Promise<MediaDeviceInfo[]>} the cameras; without ids and labels until one was allowed */
  async list() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices.filter((device) => device.kind === "videoinput");
  }
}

/** @param {MediaStream} stream */
function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {string} deviceId @param {{width: number, height: number}} size @returns {Promise<MediaStream>} */
async function askFor(deviceId, size) {
  const picture = { width: { ideal: size.width }, height: { ideal: size.height }, frameRate: { ideal: 30 } };
  try {
    const choice = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...picture, ...choice } });
  } catch (error) {
    // The remembered camera is not connected: any other will do.
    if (deviceId && error instanceof DOMException && ["OverconstrainedError", "NotFoundError"].includes(error.name))
      return askFor("", size);
    throw await explained(error);
  }
}

/** @param {unknown} error @returns {Promise<CameraError>} */
async function explained(error) {
  const { name = "", message = String(error) } = error instanceof Error ? error : {};
  if (name === "NotFoundError" || name === "OverconstrainedError") return new CameraError("no_camera", message);
  if (name === "NotReadableError" || name === "AbortError") return new CameraError("in_use", message);
  if (name === "SecurityError") return new CameraError("denied", message);
  // If the browser does not tell whether it would ask again, the longer explanation is the safer one.
  if (name === "NotAllowedError")
    return new CameraError((await permission()) === "prompt" ? "dismissed" : "denied", message);
  return new CameraError("failed", message);
}

/**
 * Why an open camera ended: the permission was withdrawn, or the camera was disconnected.
 *
 * @param {PermissionState | null} before the permission while it was open
 * @param {PermissionState | null} after
 * @returns {CameraProblem}
 */
function whyEnded(before, after) {
  if (after === "denied") return "denied";
  // Some browsers say "prompt" even while a camera that was allowed once is running: that tells nothing.
  return after === "prompt" && before === "granted" ? "dismissed" : "unplugged";
}

/** @returns {Promise<PermissionState | null>} null where the browser does not tell */
async function permission() {
  try {
    return (await navigator.permissions.query({ name: /** @type {PermissionName} */ ("camera") })).state;
  } catch {
    return null;
  }
}
