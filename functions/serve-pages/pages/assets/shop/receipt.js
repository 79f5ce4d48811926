// A receipt, and why it gave its points.

import { get } from "../core/api.js";
import { element } from "../core/element.js";
import { change, moment, money, number } from "../core/format.js";
import { loading } from "../core/notice.js";
import { say } from "../core/words.js";
import { branchName } from "./state.js";

/** @typedef {import("puntos").components["schemas"]} Schemas */
/** @typedef {Schemas["WholePurchase"]} Purchase */

/**
 * Shows a receipt with its lines and what came back of it.
 * @param {HTMLElement} panel
 * @param {string} purchaseId
 */
export function receipt(panel, purchaseId) {
  return loading(panel, async () => {
    /** @type {Purchase} */
    const purchase = await get(`/v1/purchases/${purchaseId}`);
    return [
      element("p", {}, say("shop.receipt-of", { number: purchase.invoice_number, branch: branchName(purchase.branch), when: moment(purchase.purchased_at) })),
      purchase.lines.length > 0 && lines(purchase.lines),
      sums(purchase),
    ];
  });
}

/**
 * Shows why an entry has its points; of a purchase also what gave nothing.
 * @param {HTMLElement} panel
 * @param {Schemas["ExplanationRow"][]} explanation
 * @param {string | null} purchaseId
 */
export function reasons(panel, explanation, purchaseId) {
  return loading(panel, async () => {
    const rows = explanation.map((one) => fact(one.text, change(one.points)));
    const missed = purchaseId === null ? [] : /** @type {Purchase} */ (await get(`/v1/purchases/${purchaseId}`)).not_applied;
    return [
      rows.length === 0 ? element("p", {}, say("shop.no-reasons")) : element("ul", { role: "list", class: "reasons", "aria-label": say("shop.why") }, rows),
      missed.length > 0 && element("h3", {}, say("shop.not-applied")),
      missed.length > 0 && element("ul", { class: "reasons" }, missed.map((one) => element("li", {}, one.text))),
    ];
  });
}

/** @param {Schemas["LineAnswer"][]} rows */
function lines(rows) {
  const heads = [say("shop.item"), say("shop.quantity"), say("shop.amount")];
  return element(
    "table",
    { class: "lines" },
    element("thead", {}, element("tr", {}, heads.map((head, i) => element("th", { scope: "col", class: i > 0 && "figure" }, head)))),
    element(
      "tbody",
      {},
      rows.map((line) =>
        element(
          "tr",
          {},
          element("td", {}, line.sku, line.discount.amount > 0 && element("span", { class: "quiet" }, ` ${say("shop.discount", { amount: money(line.discount) })}`)),
          element("td", { class: "figure" }, number(line.quantity)),
          element("td", { class: "figure" }, money(line.amount)),
        ),
      ),
    ),
  );
}

/** @param {Purchase} purchase */
function sums({ total, paid_with_points, returned, points }) {
  return element(
    "ul",
    { role: "list", class: "reasons" },
    fact(say("shop.total"), money(total)),
    paid_with_points && fact(say("shop.paid-with-points"), money(paid_with_points)),
    points && fact(say("shop.earned"), number(points.earned)),
    returned && fact(say("shop.returned"), money(returned.total)),
    returned && returned.points_clawed_back > 0 && fact(say("shop.clawed"), change(-returned.points_clawed_back)),
    returned && returned.points_given_back > 0 && fact(say("shop.given-back"), change(returned.points_given_back)),
  );
}

/**
 * @param {string} text
 * @param {string} figure
 */
function fact(text, figure) {
  return element("li", { class: "line" }, element("span", {}, text), element("span", { class: "figure" }, figure));
}
