// What all points are worth, and the months in which they expire.

import { element } from "../../core/element.js";
import { money, month, number } from "../../core/format.js";
import { plot } from "../../core/plot.js";
import { say } from "../../core/words.js";

/** @typedef {import("puntos").components["schemas"]["LiabilityAnswer"]} Liability */
/** @typedef {import("puntos").components["schemas"]["MovementsAnswer"]} Movements */

/**
 * @param {Liability} worth
 * @param {Movements} moved
 */
export function liability(worth, { months }) {
  const { value, expected, breakage_points: breakage } = worth;
  const facts = /** @type {[string, string][]} */ ([
    ...(value ? [[say("reports.value"), money(value)]] : []),
    ...(expected ? [[say("reports.expected"), money(expected)]] : []),
    [say("reports.outstanding"), number(worth.outstanding)],
    [say("reports.pending"), number(worth.pending)],
    [say("reports.debt"), number(worth.debt)],
    ...(breakage === null ? [] : [[say("reports.breakage"), number(breakage)]]),
    [say("reports.members"), number(worth.members)],
  ]);
  const labels = worth.expiring.map((one) => month(one.month));
  return element(
    "section",
    { class: "card", "aria-labelledby": "reports-liability" },
    element("h2", { id: "reports-liability" }, say("reports.liability")),
    element(
      "dl",
      { class: "facts" },
      facts.map(([name, text]) =>
        element("div", {}, element("dt", {}, name), element("dd", { class: "reports-number" }, text)),
      ),
    ),
    value ? null : element("p", { class: "quiet" }, say("reports.no-value")),
    element("div", { class: "reports-plots" }, plots(worth, labels, months)),
    inMoney(worth, labels),
  );
}

/**
 * When the points expire, and how many there were at the end of each month.
 * @param {Liability} worth
 * @param {string[]} labels
 * @param {Movements["months"]} months
 */
function plots(worth, labels, months) {
  return [
    labels.length === 0
      ? element("p", { class: "quiet" }, say("reports.nothing-expires"))
      : plot({
          title: say("reports.liability-by-month"),
          kind: "bar",
          first: say("reports.month-of-expiry"),
          labels,
          series: [
            { name: say("reports.points"), tone: "tone-accent", values: worth.expiring.map((one) => one.points) },
          ],
        }),
    months.length === 0
      ? null
      : plot({
          title: say("reports.closing-by-month"),
          kind: "line",
          first: say("reports.month"),
          labels: months.map((one) => month(one.month)),
          series: [{ name: say("reports.points"), tone: "tone-accent", values: months.map((one) => one.closing) }],
        }),
  ];
}

/**
 * The same months in money, where points have a value.
 * @param {Liability} worth
 * @param {string[]} labels
 */
function inMoney({ expiring, value }, labels) {
  if (!value || labels.length === 0) return null;
  const write = (/** @type {number} */ amount) => money({ amount, currency: value.currency });
  return element(
    "details",
    {},
    element("summary", {}, say("reports.in-money")),
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, say("reports.month-of-expiry")),
          element("th", { scope: "col", class: "figure" }, say("reports.points")),
          element("th", { scope: "col", class: "figure" }, say("reports.value")),
        ),
      ),
      element(
        "tbody",
        {},
        expiring.map((one, i) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, labels[i]),
            element("td", { class: "figure" }, number(one.points)),
            element("td", { class: "figure" }, one.money ? write(one.money.amount) : "–"),
          ),
        ),
      ),
    ),
  );
}
