/** Encodes pictures as JPEG in a worker, so that the page's main thread is free to draw. */

/**
 * @typedef {{id: number, picture: VideoFrame | ImageBitmap, width: number, height: number, quality: number, measureLight: boolean}} Job
 * @typedef {{id: number, bytes?: ArrayBuffer, light?: number | null, error?: string}} Done
 */

const canvas = new OffscreenCanvas(2, 2);
// In memory, not on the GPU: every picture drawn here is read back at once.
const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });

self.onmessage = async (/** @type {MessageEvent<Job>} */ { data: job }) => {
  try {
    if (!context) throw new Error("This browser's workers cannot draw.");
    resize(job.width, job.height);
    context.drawImage(job.picture, 0, 0, job.width, job.height);
    job.picture.close();
    const light = job.measureLight ? brightness(context, job.width, job.height) : null;
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: job.quality });
    const bytes = await blob.arrayBuffer();
    self.postMessage({ id: job.id, bytes, light }, { transfer: [bytes] });
  } catch (error) {
    job.picture.close();
    self.postMessage({ id: job.id, error: error instanceof Error ? error.message : String(error) });
  }
};

/** @param {number} width @param {number} height */
function resize(width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/**
 * The picture's brightness, from eight of its rows.
 *
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @returns {number} mean luma, 0 (black) to 255
 */
function brightness(context, width, height) {
  let sum = 0;
  let count = 0;
  for (let row = 0; row < 8; row += 1) {
    const { data } = context.getImageData(0, Math.floor(((row + 0.5) * height) / 8), width, 1);
    for (let i = 0; i < data.length; i += 32) {
      sum += 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
      count += 1;
    }
  }
  return sum / count;
}
