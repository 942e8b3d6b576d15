/** When the server no longer knows this browser's link: its own page says what to do then. */

let asking = false;

/** Loads the page anew if it would be refused now, so that the refusal shows instead of a connection that never comes. */
export async function leaveIfUninvited() {
  if (asking) return;
  asking = true;
  try {
    const { status } = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
    if (status === 401) location.reload();
  } catch {
    // The server is away: that is another matter, and mends itself.
  } finally {
    asking = false;
  }
}
