/** When this browser's link is no longer valid: the server's own page says what to do. */

let asking = false;

/** Reloads the page if it would be refused now, so that people see why instead of an endless "Connecting…". */
export async function leaveIfUninvited() {
  if (asking) return;
  asking = true;
  try {
    const { status } = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
    if (status === 401) location.reload();
  } catch {
    // The server is not reachable: Socket.IO reconnects when it is back.
  } finally {
    asking = false;
  }
}
