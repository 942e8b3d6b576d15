/**
 * When the camera took a picture, and when the video shows it.
 *
 * A picture that is read from a camera's track has a timestamp on a clock of its own. The video tells, later, when the camera took what it
 * shows. So pictures are paired with what is shown, and the difference between the two clocks is known exactly.
 */

/** So many pictures are remembered: about two seconds of them. */
const MEMORY = 60;
/** Two times that are nearer to each other are of one picture, at 60 pictures a second, too. */
const SAME_MS = 8;

export class CaptureClock {
  /** @type {{timestamp: number, arrivedAfter: number}[]} */ #pictures = [];
  /** From a timestamp to the page's clock. */ #offset = NaN;
  /** From the camera to the display, averaged over about a second. */ #shownAfter = NaN;

  /**
   * A picture came from the track.
   *
   * @param {number} timestamp its own, in milliseconds
   * @param {number} now
   * @returns {{capturedAt: number, shownAt: number}} `now` for both until the video has told
   */
  arrived(timestamp, now) {
    this.#pictures.push({ timestamp, arrivedAfter: now - timestamp });
    if (this.#pictures.length > MEMORY) this.#pictures.shift();
    if (Number.isNaN(this.#offset)) return { capturedAt: now, shownAt: now };
    const capturedAt = Math.min(now, timestamp + this.#offset);
    return { capturedAt, shownAt: capturedAt + this.#shownAfter };
  }

  /**
   * The video shows a picture.
   *
   * @param {number} capturedAt when the camera took it
   * @param {number} shownAt
   */
  presented(capturedAt, shownAt) {
    const after = shownAt - capturedAt;
    this.#shownAfter = Number.isNaN(this.#shownAfter) ? after : this.#shownAfter + 0.05 * (after - this.#shownAfter);
    // The quickest of the last pictures came almost at once, so this is within a few milliseconds of the offset.
    const nearly = Math.min(...this.#pictures.map(({ arrivedAfter }) => arrivedAfter));
    const offsets = this.#pictures.map(({ timestamp }) => capturedAt - timestamp);
    const nearest = Math.min(...offsets.map((offset) => Math.abs(offset - nearly)));
    const offset = offsets.find((one) => Math.abs(one - nearly) === nearest);
    if (offset !== undefined && nearest < SAME_MS) this.#offset = offset;
  }
}
