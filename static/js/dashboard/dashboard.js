/** The dashboard: shows each snapshot, and says so when none comes any more. */

import { byId, setText } from "../shared/elements.js";
import { t } from "../shared/i18n.js";
import { AdviceList } from "./advice_list.js";
import { LoadCharts } from "./load_charts.js";
import { Machine } from "./machine.js";
import { Overview } from "./overview.js";
import { People } from "./people.js";
import { SessionTable } from "./session_table.js";
import { WatchConnection } from "./watch_connection.js";

/** Numbers come every second; after this long without any, they are old. */
const OLD_AFTER_MS = 3500;
const HISTORY_S = 120;

const status = byId("connection");
const line = byId("notice-line");

const connection = new WatchConnection();
const overview = new Overview();
const adviceList = new AdviceList();
const people = new People();
const machine = new Machine();
const table = new SessionTable();
const charts = new LoadCharts(HISTORY_S);

connection.addEventListener("snapshot", () => {
  const { snapshot } = connection;
  if (!snapshot) return;
  overview.update(snapshot);
  adviceList.update(snapshot);
  people.update(snapshot);
  machine.update(snapshot);
  table.update(snapshot);
  charts.update(snapshot.load);
  showLine();
  document.documentElement.dataset.fresh = String(snapshot.at);
});
connection.addEventListener("state", showConnection);

function showConnection() {
  status.dataset.state = connection.state;
  setText(/** @type {Element} */ (status.querySelector(".status-text")), t(`connection.${connection.state}`));
  showLine();
}

/** A line above the numbers, if there is something to say about them. */
function showLine() {
  const said = whatIsWrong();
  line.hidden = said === "";
  line.dataset.state = connection.state;
  setText(line, said);
}

function whatIsWrong() {
  if (connection.state === "refused") return connection.reason;
  if (!connection.snapshot) return connection.state === "connecting" ? "" : t("dashboard.waiting");
  const age = performance.now() - connection.receivedAt;
  return age > OLD_AFTER_MS ? t("dashboard.stale", { count: Math.floor(age / 1000) }) : "";
}

showConnection();
setInterval(showLine, 1000);
document.documentElement.dataset.ready = "";
