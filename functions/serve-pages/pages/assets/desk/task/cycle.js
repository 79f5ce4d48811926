// Where the customers that a search finds are in the care cycle, also if nothing is due for them soon.

import { get } from "../../core/api.js";
import { element } from "../../core/element.js";
import { day } from "../../core/format.js";
import { plainList } from "../../core/list.js";
import { say } from "../../core/words.js";

/** @typedef {import("puntos").components["schemas"]["CycleAnswer"]} Cycle */

/** Customers that are looked up for one search. */
const CUSTOMERS_MAX = 3;

/**
 * Makes the list of the customers of a name with their cycles.
 * @param {string} name
 */
export async function cycles(name) {
  const found = await get("/v1/members", { name, limit: CUSTOMERS_MAX });
  const rows = await Promise.all(
    found.data.map(async (/** @type {{member_id: string, name: string}} */ member) => {
      const { cycle } = await get(`/v1/members/${member.member_id}/tasks`, { limit: 1 });
      return element(
        "article",
        { class: "tasks-row" },
        element("h3", {}, element("a", { href: `/desk/members/${member.member_id}` }, member.name)),
        facts(cycle),
      );
    }),
  );
  return [element("h2", {}, say("tasks.cycle")), plainList(say("tasks.cycle"), rows, say("tasks.cycle-nobody"))];
}

/** @param {Cycle} cycle */
export function facts(cycle) {
  const days = [
    [say("tasks.cycle-order"), cycle.last_order_on],
    [say("tasks.cycle-check-in"), cycle.check_in_from],
    [say("tasks.cycle-connect"), cycle.connect_from],
    [say("tasks.cycle-reconnect"), cycle.reconnect_on],
    ...cycle.autoships.map((one) => [say("tasks.cycle-autoship", { order: one.order_id }), one.scheduled_for]),
  ].filter((fact) => fact[1] !== null);
  if (days.length === 0) return element("p", { class: "quiet" }, say("tasks.cycle-none"));
  return element(
    "dl",
    { class: "facts" },
    days.map(([name, on]) => element("div", {}, element("dt", {}, name), element("dd", { class: "figure-start" }, day(String(on))))),
  );
}
