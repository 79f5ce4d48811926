// What gave and took points month by month, of all branches or of one.

import { element, replace } from "../../core/element.js";
import { shown } from "../../core/fields.js";
import { month } from "../../core/format.js";
import { plot } from "../../core/plot.js";
import { say } from "../../core/words.js";
import { branchName } from "../branches.js";

/** @typedef {import("puntos").components["schemas"]["MovementsAnswer"]} Movements */
/** @typedef {import("puntos").components["schemas"]["MonthMovements"]} Month */

/** @param {Movements} moved */
export function movements({ months }) {
  const plots = element("div", { class: "reports-plots", "aria-live": "polite" });
  const branches = new Set(
    months.flatMap((one) => one.branches.map(({ branch }) => branch)).filter((branch) => branch !== null),
  );
  const choice = shown({
    name: "branch",
    kind: "choice",
    label: say("reports.branch"),
    choices: [
      { value: "", text: say("reports.all-branches") },
      ...[...branches].sort().map((branch) => ({ value: branch, text: branchName(branch) })),
    ],
  });
  const show = () => replace(plots, plotsOf(months, /** @type {string | null} */ (choice.read())));
  choice.control.addEventListener("change", show);
  show();
  return element(
    "section",
    { class: "card", "aria-labelledby": "reports-movements" },
    element("h2", { id: "reports-movements" }, say("reports.movements")),
    months.length === 0 ? element("p", { class: "quiet" }, say("reports.nothing-moved")) : [choice.node, plots],
  );
}

/**
 * @param {Month[]} months
 * @param {string | null} branch
 */
function plotsOf(months, branch) {
  const labels = months.map((one) => month(one.month));
  const first = say("reports.month");
  const of = (/** @type {"issued" | "redeemed" | "clawed" | "paid"} */ name) =>
    months.map((one) =>
      branch === null ? one[name] : (one.branches.find((other) => other.branch === branch)?.[name] ?? 0),
    );
  return [
    plot({
      title: say("reports.issued-redeemed"),
      kind: "bar",
      first,
      labels,
      series: [
        { name: say("reports.issued"), tone: "tone-good", values: of("issued") },
        { name: say("reports.redeemed"), tone: "tone-accent", values: of("redeemed") },
        { name: say("reports.paid"), tone: "tone-quiet", values: of("paid") },
      ],
    }),
    plot({
      title: branch === null ? say("reports.expired-clawed") : say("reports.clawed"),
      kind: "bar",
      first,
      labels,
      series: [
        ...(branch === null
          ? [{ name: say("reports.expired"), tone: "tone-warn", values: months.map((one) => one.expired) }]
          : []),
        { name: say("reports.clawed"), tone: "tone-bad", values: of("clawed") },
      ],
    }),
  ];
}
