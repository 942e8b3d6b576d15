/** Where things go on the stage. All in CSS pixels of the stage; boxes from results are fractions of the frame. */

/** @typedef {{x: number, y: number, w: number, h: number}} Rect */

/**
 * Where `object-fit: contain` puts a picture.
 *
 * @param {number} pictureWidth
 * @param {number} pictureHeight
 * @param {number} stageWidth
 * @param {number} stageHeight
 * @returns {Rect}
 */
export function containedIn(pictureWidth, pictureHeight, stageWidth, stageHeight) {
  if (!(pictureWidth > 0 && pictureHeight > 0)) return { x: 0, y: 0, w: stageWidth, h: stageHeight };
  const scale = Math.min(stageWidth / pictureWidth, stageHeight / pictureHeight);
  const w = pictureWidth * scale;
  const h = pictureHeight * scale;
  return { x: (stageWidth - w) / 2, y: (stageHeight - h) / 2, w, h };
}

/**
 * A box of the frame on the stage, as the (possibly mirrored) picture shows it.
 *
 * @param {Rect} box in fractions of the frame
 * @param {Rect} picture where the picture is on the stage
 * @param {boolean} mirrored
 * @returns {Rect}
 */
export function onStage(box, picture, mirrored) {
  const x = mirrored ? 1 - box.x - box.w : box.x;
  return { x: picture.x + x * picture.w, y: picture.y + box.y * picture.h, w: box.w * picture.w, h: box.h * picture.h };
}

/**
 * The largest frame to send: the picture's own shape, its longer side at most `maxSide`, never enlarged, even numbers.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} maxSide
 */
export function frameSize(width, height, maxSide) {
  const scale = Math.min(1, maxSide / Math.max(width, height));
  return {
    width: Math.max(2, 2 * Math.round((width * scale) / 2)),
    height: Math.max(2, 2 * Math.round((height * scale) / 2)),
  };
}

/**
 * @param {Rect} a
 * @param {Rect} b
 */
export function overlaps(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/**
 * Moves a rectangle into another one. One that is too large starts at the other's upper left corner.
 *
 * @param {Rect} rect
 * @param {Rect} bounds
 * @returns {Rect}
 */
export function clampInto(rect, bounds) {
  const x = Math.max(bounds.x, Math.min(rect.x, bounds.x + bounds.w - rect.w));
  const y = Math.max(bounds.y, Math.min(rect.y, bounds.y + bounds.h - rect.h));
  return { ...rect, x, y };
}

/**
 * Where a face's label goes: above its box, else below, else inside. It covers no other label if there is room, and is always whole.
 *
 * @param {{w: number, h: number}} label
 * @param {Rect} box
 * @param {Rect} bounds what the label must stay in
 * @param {readonly Rect[]} taken labels already placed
 * @param {number} [preferred] the place used last, kept while it is free, so that labels do not jump
 * @returns {Rect & {place: number}}
 */
export function placeLabel(label, box, bounds, taken, preferred = 0) {
  const gap = 6;
  const tops = [box.y - label.h - gap, box.y + box.h + gap, box.y + gap];
  const candidates = tops.map((y, place) => ({ ...clampInto({ x: box.x, y, w: label.w, h: label.h }, bounds), place }));
  const fits = (/** @type {typeof candidates[number]} */ c) =>
    c.y === tops[c.place] && !taken.some((other) => overlaps(c, other));
  // The last place is kept; a label returns above its box as soon as there is room to spare.
  const roomAbove = tops[0] > bounds.y + 12;
  const order = preferred !== 0 && roomAbove ? [0, 1, 2] : [preferred, 0, 1, 2];
  const chosen = order.map((place) => candidates[place]).find(fits);
  return chosen ?? candidates[tops[0] >= bounds.y ? 0 : 2];
}
