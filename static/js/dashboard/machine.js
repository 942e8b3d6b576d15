/** The machine in detail: each worker's and each core's use, and what waits. */

import { byId, setText } from "../shared/elements.js";
import { finePercent, integer, upToTwoDecimals } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { level } from "./advice.js";
import { Bars } from "./bars.js";
import { nodesLine } from "./nodes.js";

export class Machine {
  #processes = new Bars(byId("machine-processes"));
  #cores = new Bars(byId("machine-cores"));
  #queue = byId("machine-queue");

  /** @param {import("./watch_connection.js").Snapshot} snapshot */
  update({ load: { now }, workers, nodes }) {
    const processes = [
      { name: t("machine.web"), value: now.cpu_web, level: level(now.cpu_web, "web") },
      ...now.worker_cores.map((value, i) => ({ name: t("machine.worker", { number: integer(i + 1) }), value })),
    ];
    this.#processes.show(
      processes.map((one) => ({ ...one, text: upToTwoDecimals(one.value) })),
      Math.max(1, ...processes.map(({ value }) => value)),
    );
    this.#cores.show(
      now.machine_cores.map((value, i) => ({
        name: t("machine.core", { number: integer(i + 1) }),
        value,
        text: finePercent(value),
        level: level(value, "cores"),
      })),
      1,
    );
    const words = {
      replaced: integer(workers.replaced),
      alive: integer(workers.alive),
      wanted: integer(workers.wanted),
    };
    const lines = [nodesLine(nodes), t("machine.queue", { count: workers.waiting, ...words })];
    setText(this.#queue, lines.filter(Boolean).join(" "));
  }
}
