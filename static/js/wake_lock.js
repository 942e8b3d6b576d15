/** Keeps the screen of a phone on while the camera runs: nobody touches it then. */

/** @type {WakeLockSentinel | null} */ let sentinel = null;

/** Asks for it; the browser gives it back by itself when the page is hidden. */
export async function keepScreenOn() {
  try {
    sentinel = await navigator.wakeLock.request("screen");
  } catch {
    // Not supported, or refused to save power: the screen dims as always.
  }
}

export async function letScreenSleep() {
  const held = sentinel;
  sentinel = null;
  await held?.release().catch(() => {});
}
