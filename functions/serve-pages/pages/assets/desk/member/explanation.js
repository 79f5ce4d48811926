// Why an entry gave or took its points: the rules that counted, and the promotions that did not.

import { get } from "../../core/api.js";
import { inform } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { change, money, number } from "../../core/format.js";
import { plainList } from "../../core/list.js";
import { sentence } from "../../core/sentence.js";
import { say } from "../../core/words.js";
import { branchName } from "../branches.js";
import { fact } from "./fact.js";

/** @typedef {import("puntos").components["schemas"]["TimelineEntry"]} Entry */
/** @typedef {import("puntos").components["schemas"]["ExplanationRow"]} Row */
/** @typedef {import("puntos").components["schemas"]["WholePurchase"]} Purchase */

/** Explains the points of an entry: by rules where they gave or took them, else by the balance before and after. @param {Entry} entry */
export function explain(entry) {
  return inform(say("members.why"), async () => {
    const rows = entry.explanation ?? [];
    const isPurchase = entry.kind === "purchase" && entry.purchase_id !== null;
    const purchase = /** @type {Purchase | null} */ (isPurchase ? await get(`/v1/purchases/${entry.purchase_id}`) : null);
    const missed = purchase?.not_applied ?? [];
    return [
      element("p", {}, sentence(entry, branchName)),
      rows.length > 0 ? rulesTable(rows) : isPurchase ? element("p", {}, say("members.no-reasons")) : balances(entry),
      missed.length > 0 && element("h3", {}, say("members.not-applied")),
      missed.length > 0 && plainList(say("members.not-applied"), missed.map((one) => one.text)),
    ];
  });
}

/** @param {Entry} entry */
function balances({ points, balance_after }) {
  if (points === null || balance_after === null) return null;
  return element(
    "dl",
    { class: "facts" },
    fact(say("members.opening"), number(balance_after - points)),
    fact(say("members.points-column"), change(points)),
    fact(say("members.closing"), number(balance_after)),
  );
}

/** Makes the table of the rules that gave or took points. @param {Row[]} rows */
export function rulesTable(rows) {
  const sum = rows.reduce((total, row) => total + row.points, 0);
  return element(
    "table",
    { class: "members-table" },
    element("thead", {}, element("tr", {}, head(say("members.rule")), head(say("members.base"), "figure"), head(say("members.points-column"), "figure"))),
    element(
      "tbody",
      {},
      rows.map((row) =>
        element(
          "tr",
          {},
          element("td", {}, row.text, element("p", { class: "hint" }, say("members.rule-version", { rule: row.rule_id, n: row.rule_version }))),
          element("td", { class: "figure" }, money(row.base)),
          element("td", { class: "figure" }, change(row.points)),
        ),
      ),
    ),
    element("tfoot", {}, element("tr", {}, element("th", { scope: "row", colspan: 2 }, say("members.sum")), element("td", { class: "figure" }, change(sum)))),
  );
}

/**
 * @param {string} text
 * @param {string} [tone]
 */
function head(text, tone) {
  return element("th", { scope: "col", class: tone }, text);
}
