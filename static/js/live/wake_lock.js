/** Keeps a phone's screen on while the camera runs, though nobody touches it. */

let wanted = false;
let asking = false;
/** @type {WakeLockSentinel | null} */ let sentinel = null;

/** Requests the lock unless it is held or requested already. The browser releases it when the page is hidden. */
export async function keepScreenOn() {
  wanted = true;
  if (asking || (sentinel && !sentinel.released)) return;
  asking = true;
  try {
    sentinel = await navigator.wakeLock.request("screen");
  } catch {
    // Not supported, or refused to save power: the screen dims as usual.
  }
  asking = false;
  if (!wanted) await letScreenSleep(); // The camera was stopped in the meantime.
}

export async function letScreenSleep() {
  wanted = false;
  const held = sentinel;
  sentinel = null;
  await held?.release().catch(() => {});
}
