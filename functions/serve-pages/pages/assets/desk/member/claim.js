// Opening a claim for a member: what it is about, and what shows it.

import { change as send } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { say, sayCode } from "../../core/words.js";
import { go } from "../main.js";
import { invoiceFields } from "./points.js";

const KINDS = /** @type {const} */ ([
  "missing_points", "charged_without_order", "duplicate_charge", "wrong_tax", "receipt_data", "refund", "delivery",
]);
const RECEIPT = ["missing_points", "duplicate_charge", "wrong_tax", "receipt_data"];
const MONEY = ["charged_without_order", "duplicate_charge", "wrong_tax", "refund"];

/**
 * Opens a claim, and goes to it.
 * @param {import("./action.js").View} view
 * @returns {Promise<undefined>} the claim's page shows what was done
 */
export async function openClaim({ member, program }) {
  const { currency } = program;
  const claim = await ask({
    title: say("members.open-claim"),
    fields: [
      { name: "kind", label: say("members.claim-kind"), kind: "choice", choices: KINDS.map((value) => ({ value, text: sayCode("claims.kind", value) })) },
      { name: "amount", label: say("members.claim-amount"), kind: "money", currency, when: { name: "kind", values: MONEY } },
      { name: "method", label: say("members.claim-method"), longest: 64, when: { name: "kind", values: MONEY } },
      { name: "evidence.order_id", label: say("members.claim-order"), longest: 64, when: { name: "kind", values: [...MONEY, "delivery"] } },
      ...(await invoiceFields("evidence.", false)),
      { name: "evidence.purchased_at", label: say("members.bought-at"), kind: "moment", when: { name: "kind", values: RECEIPT } },
      { name: "evidence.total", label: say("members.total"), kind: "money", currency, when: { name: "kind", values: RECEIPT } },
      { name: "evidence.card_number", label: say("members.card"), value: member.card_number, longest: 64, when: { name: "kind", values: ["missing_points"] } },
      { name: "evidence.note", label: say("members.note"), kind: "long", longest: 500, hint: say("members.claim-note-hint") },
    ],
    send: (body, key) => {
      const money = (/** @type {number | undefined} */ amount) => (amount === undefined ? undefined : { amount, currency });
      const evidence = body.evidence && { ...body.evidence, total: money(body.evidence.total) };
      return send("POST", "/v1/claims", { ...body, member_id: member.member_id, amount: money(body.amount), evidence }, { key });
    },
  });
  if (claim !== undefined) go(`/desk/claims/${claim.claim_id}`);
}
