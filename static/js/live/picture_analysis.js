/** A still picture: sent to the server's thorough search, in a form that the server accepts. */

import { t } from "../shared/i18n.js";
import { reasonText } from "../shared/reasons.js";
import { frameSize } from "./geometry.js";

/** @typedef {import("./connection.js").Result} Result */
/** @typedef {{result: Result, encodeMs: number, roundTripMs: number, bytes: number}} PictureAnswer */

/** What the server decodes itself; the browser turns everything else that it can show into JPEG. */
const SENT_AS_THEY_ARE = new Set(["image/jpeg", "image/png", "image/webp"]);
const MOST_BYTES = 12e6;
/** A picture made here is that large at most: faces of a group photo keep enough pixels. */
const LONGEST_SIDE = 4096;
const JPEG_QUALITY = 0.92;
/** A busy server is asked again so many times, after the time that it names. */
const TRIES = 5;

/** The message is one sentence in the page's words. */
export class AnalysisError extends Error {}

/**
 * @param {Blob} file
 * @param {string} address of the same, for the browser
 * @returns {Promise<PictureAnswer>} faces with a `track` below zero: a picture has no tracks of its own
 * @throws {AnalysisError}
 */
export async function analyzePicture(file, address) {
  const picture = await decoded(address);
  const asItIs = SENT_AS_THEY_ARE.has(file.type) && file.size <= MOST_BYTES;
  if (asItIs) {
    try {
      return await send(file, 0);
    } catch (error) {
      // A file that the browser shows and the server refuses: sent anew, as a plain JPEG.
      if (!(error instanceof Refusal)) throw error;
    }
  }
  const startedAt = performance.now();
  const jpeg = await encode(picture);
  try {
    return await send(jpeg, performance.now() - startedAt);
  } catch (error) {
    throw error instanceof Refusal ? new AnalysisError(t("picture.refused", { reason: error.message })) : error;
  }
}

/** The server does not take this file; the message is its reason. */
class Refusal extends Error {}

/**
 * @param {Blob} body
 * @param {number} encodeMs
 * @returns {Promise<PictureAnswer>}
 */
async function send(body, encodeMs) {
  for (let left = TRIES; ; left -= 1) {
    const sentAt = performance.now();
    const response = await post(body);
    if (response.ok) {
      /** @type {Result} */ const result = await response.json();
      result.faces.forEach((face, i) => {
        face.track = -1 - i;
      });
      return { result, encodeMs, roundTripMs: performance.now() - sentAt, bytes: body.size };
    }
    if (response.status < 500 && response.status !== 429) throw new Refusal(await reasonOf(response));
    if (left === 1) throw new AnalysisError(t("picture.busy"));
    const seconds = Number(response.headers.get("Retry-After")) || 1;
    await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(seconds, 10)));
  }
}

/** @param {Blob} body */
async function post(body) {
  try {
    return await fetch("/api/analyze", { method: "POST", body });
  } catch {
    throw new AnalysisError(t("picture.offline"));
  }
}

/** @param {Response} response */
async function reasonOf(response) {
  try {
    const { code, error } = await response.json();
    return reasonText(code, String(error));
  } catch {
    return String(response.status);
  }
}

/** What the browser cannot show is not sent: nobody could see where the faces are. @param {string} address */
async function decoded(address) {
  const picture = new Image();
  picture.src = address;
  try {
    await picture.decode();
  } catch {
    throw new AnalysisError(t("picture.unreadable"));
  }
  return picture;
}

/** As a JPEG on white. @param {HTMLImageElement} picture */
async function encode(picture) {
  const { width, height } = frameSize(picture.naturalWidth, picture.naturalHeight, LONGEST_SIDE);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  const jpeg = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) =>
    canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY),
  );
  if (!jpeg) throw new AnalysisError(t("picture.unreadable"));
  return jpeg;
}
