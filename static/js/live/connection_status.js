/** What the page shows of its connection: the dot in the masthead, and a banner over the picture. */

import { byId, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";

const status = byId("connection");
const banner = byId("banner");

/**
 * @param {import("./connection.js").Connection} connection
 * @param {boolean} live a picture moves, and waits for results
 */
export function showConnection(connection, live) {
  status.dataset.state = connection.state;
  setText(/** @type {Element} */ (status.querySelector(".status-text")), t(`connection.${connection.state}`));
  const refused = connection.state === "refused";
  banner.hidden = !refused && (!live || connection.online || connection.state === "asleep");
  const lost = connection.goodbye ? "connection.banner.goodbye" : "connection.banner";
  setText(banner, refused ? connection.reason : t(lost));
}
