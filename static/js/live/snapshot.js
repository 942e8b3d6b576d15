/** The picture on the stage with its boxes and labels, as one picture to keep. */

/**
 * @param {import("./stage.js").Stage} stage
 * @param {import("./overlay.js").Overlay} overlay
 * @returns {HTMLCanvasElement} as fine as the picture or as the display has it, whichever is finer
 */
export function snapshot(stage, overlay) {
  const { width, height } = stage.size;
  const drawn = overlay.picture; // in the overlay's own pixels
  const scale = Math.max(1, drawn.w / width);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  context.save();
  if (overlay.mirrored) {
    context.translate(canvas.width, 0);
    context.scale(-1, 1);
  }
  context.drawImage(stage.shown, 0, 0, canvas.width, canvas.height);
  context.restore();
  context.drawImage(overlay.canvas, drawn.x, drawn.y, drawn.w, drawn.h, 0, 0, canvas.width, canvas.height);
  return canvas;
}
