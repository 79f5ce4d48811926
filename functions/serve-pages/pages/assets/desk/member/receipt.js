// The receipt of a purchase: its lines, what came back, its points; and moving it or rating it again.

import { change as send, get } from "../../core/api.js";
import { ask, inform } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { lastDay, moment, money, number } from "../../core/format.js";
import { say } from "../../core/words.js";
import { branchName } from "../branches.js";
import { fact } from "./fact.js";
import { one } from "./other.js";
import { placed } from "./refusal.js";

/** @typedef {import("puntos").components["schemas"]["WholePurchase"]} Purchase */
/** @typedef {import("puntos").components["schemas"]["LineAnswer"]} Line */

/**
 * Shows a receipt.
 * @param {string} id
 */
export function showReceipt(id) {
  return inform(say("members.receipt"), async () => {
    const purchase = /** @type {Purchase} */ (await get(`/v1/purchases/${id}`));
    const { lines, paid_with_points: paid, points, returned, corrected } = purchase;
    return [
      element(
        "dl",
        { class: "facts" },
        fact(say("members.invoice"), purchase.invoice_number),
        fact(say("members.branch"), branchName(purchase.branch)),
        fact(say("members.bought-at"), moment(purchase.purchased_at)),
        fact(say("members.total"), money(purchase.total)),
        paid !== null && fact(say("members.paid-with-points"), `${money(paid)} (${say("members.points", { n: purchase.points_paid })})`),
        points !== null && fact(say("members.earned"), `${number(points.earned)} · ${say(`members.lot.${points.status}`)}`),
        points !== null && points.expires_at !== null && fact(say("members.expires"), lastDay(points.expires_at)),
        corrected !== null && fact(say("members.corrected"), number(corrected.points)),
      ),
      lines.length === 0 ? element("p", { class: "quiet" }, say("members.no-lines")) : linesTable(lines),
      returned !== null && element("h3", {}, say("members.returned")),
      returned !== null &&
        element(
          "p",
          {},
          say("members.returned-facts", {
            total: money(returned.total),
            clawed: returned.points_clawed_back,
            back: returned.points_given_back,
          }),
        ),
    ];
  });
}

/**
 * Moves a purchase to the member whose it is.
 * @param {string} id
 */
export async function movePurchase(id) {
  const answer = await ask({
    title: say("members.move"),
    fields: [
      { name: "member_id", label: say("members.to-member"), hint: say("members.other-hint"), required: true },
      { name: "reason", label: say("members.reason"), kind: "long", required: true, longest: 500 },
    ],
    send: async (body, key) => {
      const { member_id } = await one(body.member_id, "member_id");
      return send("POST", `/v1/purchases/${id}/move`, { ...body, member_id }, { key }).catch(placed({ same_member: "member_id" }));
    },
  });
  return answer === undefined ? undefined : say("members.moved");
}

/**
 * Rates a purchase again under the newest rules.
 * @param {string} id
 */
export async function rerate(id) {
  const answer = await ask({
    title: say("members.rerate"),
    intro: say("members.rerate-intro"),
    fields: [
      { name: "reason", label: say("members.reason"), kind: "long", required: true, longest: 500 },
      {
        name: "over_credit",
        label: say("members.over-credit"),
        kind: "choice",
        value: "claw",
        choices: [{ value: "claw", text: say("members.claw") }, { value: "forgive", text: say("members.forgive") }],
      },
    ],
    send: (body, key) => send("POST", `/v1/purchases/${id}/rerate`, body, { key }),
  });
  return answer === undefined ? undefined : say("members.rerated");
}

/** @param {Line[]} lines */
function linesTable(lines) {
  const columns = [say("members.sku"), say("members.category"), say("members.quantity"), say("members.amount"), say("members.discount")];
  return element(
    "div",
    { class: "members-wide", tabindex: 0, role: "group", "aria-label": say("members.lines") },
    element(
      "table",
      { class: "members-table" },
      element(
        "thead",
        {},
        element("tr", {}, columns.map((name, i) => element("th", { scope: "col", class: i > 1 ? "figure" : null }, name))),
      ),
      element(
        "tbody",
        {},
        lines.map((line) =>
          element(
            "tr",
            {},
            element("td", {}, line.sku),
            element("td", {}, line.category),
            element("td", { class: "figure" }, number(line.quantity)),
            element("td", { class: "figure" }, money(line.amount)),
            element("td", { class: "figure" }, line.discount.amount > 0 && money(line.discount)),
          ),
        ),
      ),
    ),
  );
}
