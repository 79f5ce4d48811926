// Whether the balances are the sums of their entries, in words.

import { element } from "../../core/element.js";
import { say } from "../../core/words.js";

/** @typedef {import("puntos").components["schemas"]["ReconcileAnswer"]} Reconcile */

/** @param {Reconcile} proof */
export function reconcile({ difference, chain, members, unproven }) {
  const isEven = difference === 0;
  return element(
    "section",
    { class: "card", "aria-labelledby": "reports-reconcile" },
    element("h2", { id: "reports-reconcile" }, say("reports.reconcile")),
    element(
      "p",
      {},
      mark(isEven),
      " ",
      isEven ? say("reports.even", { n: members }) : say("reports.uneven", { n: difference }),
    ),
    chain === "whole"
      ? element("p", {}, mark(true), " ", say("reports.whole"))
      : element(
          "p",
          {},
          mark(false),
          " ",
          say("reports.broken", { entry: chain.broken_at }),
          " ",
          element("a", { href: `/desk/members/${chain.member_id}` }, say("reports.broken-member")),
        ),
    unproven > 0 ? element("p", { class: "quiet" }, say("reports.unproven", { n: unproven })) : null,
  );
}

/** @param {boolean} isGood */
function mark(isGood) {
  return element("span", { class: isGood ? "tag good" : "tag bad" }, say(isGood ? "reports.right" : "reports.wrong"));
}
