/** Keeps the screen of a phone on while the camera runs: nobody touches it then. */

let wanted = false;
let asking = false;
/** @type {WakeLockSentinel | null} */ let sentinel = null;

/** Asks for it, unless it is held or asked for already; the browser takes it back by itself when the page is hidden. */
export async function keepScreenOn() {
  wanted = true;
  if (asking || (sentinel && !sentinel.released)) return;
  asking = true;
  try {
    sentinel = await navigator.wakeLock.request("screen");
  } catch {
    // Not supported, or refused to save power: the screen dims as always.
  }
  asking = false;
  if (!wanted) await letScreenSleep(); // It came after the camera was stopped.
}

export async function letScreenSleep() {
  wanted = false;
  const held = sentinel;
  sentinel = null;
  await held?.release().catch(() => {});
}
