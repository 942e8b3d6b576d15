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

/** How much two rectangles share. @param {Rect} a @param {Rect} b */
function sharedArea(a, b) {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  return Math.max(0, w) * Math.max(0, h);
}

/** Between a label and what it must not touch. */
const GAP = 6;
/** A place that was not used last needs so much room to spare, so that labels do not jump to and fro. */
const SPARE = 4;
/** The order in which places are tried: see `spotsAround`. */
const ORDER = [0, 7, 5, 1, 8, 6, 3, 4, 2];

/** Where a label may stand: above the box, below, inside, to its right, to its left, above and below flush right, above and below in the middle. @param {{w: number, h: number}} label @param {Rect} box */
function spotsAround(label, box) {
  const above = box.y - label.h - GAP;
  const below = box.y + box.h + GAP;
  const flushRight = box.x + box.w - label.w;
  const middle = (box.x + flushRight) / 2;
  return [
    { x: box.x, y: above },
    { x: box.x, y: below },
    { x: box.x, y: box.y + GAP },
    { x: box.x + box.w + GAP, y: box.y },
    { x: box.x - label.w - GAP, y: box.y },
    { x: flushRight, y: above },
    { x: flushRight, y: below },
    { x: middle, y: above },
    { x: middle, y: below },
  ];
}

/**
 * Where a face's label goes: above its box, else where it covers no other label and no other face. It is always whole. Where there is no
 * such place, it goes where it covers least.
 *
 * @param {{w: number, h: number}} label
 * @param {Rect} box
 * @param {Rect} bounds what the label must stay in
 * @param {{labels: readonly Rect[], faces: readonly Rect[]}} taken labels already placed, and the other faces' boxes
 * @param {number} [preferred] the place used last, kept while it is free
 * @returns {Rect & {place: number}}
 */
export function placeLabel(label, box, bounds, { labels, faces }, preferred = 0) {
  const spots = spotsAround(label, box);
  const candidates = spots.map((spot, place) => ({ ...clampInto({ ...spot, ...label }, bounds), place }));
  const fits = (/** @type {typeof candidates[number]} */ c) => {
    const beside = c.place === 3 || c.place === 4;
    if (beside ? c.x !== spots[c.place].x : c.y !== spots[c.place].y) return false; // The edge is in the way.
    const spare = c.place === preferred ? 0 : SPARE;
    const roomy = { x: c.x - spare, y: c.y - spare, w: c.w + 2 * spare, h: c.h + 2 * spare };
    return ![...labels, ...faces].some((other) => overlaps(roomy, other));
  };
  // The last place is kept; a label returns above its box as soon as there is room to spare.
  const roomAbove = spots[0].y > bounds.y + 12;
  const order = preferred !== 0 && roomAbove ? ORDER : [preferred, ...ORDER];
  const chosen = order.map((place) => candidates[place]).find(fits);
  if (chosen) return chosen;
  const covered = (/** @type {Rect} */ c) => 3 * sum(labels, c) + 2 * sum(faces, c) + sharedArea(c, box);
  return candidates.reduce((best, c) => (covered(c) < covered(best) ? c : best));
}

/** @param {readonly Rect[]} others @param {Rect} rect */
const sum = (others, rect) => others.reduce((total, other) => total + sharedArea(rect, other), 0);
