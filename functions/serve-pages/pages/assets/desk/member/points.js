// Correcting points: by hand, and by attaching the receipt of a purchase that was made without a card.

import { Problem, change as send } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { change } from "../../core/format.js";
import { refusal } from "../../core/refusals.js";
import { say } from "../../core/words.js";
import { suggestedBranches } from "../branches.js";
import { placed } from "./refusal.js";
import { purchases } from "./search.js";

/** @typedef {import("./action.js").View} View */

/**
 * Adds points, or takes them. With an invoice they count for its purchase when that comes.
 * @param {View} view
 */
export async function adjust({ member }) {
  const answer = await ask({
    title: say("members.adjust"),
    fields: [
      { name: "points", label: say("members.points-field"), kind: "number", required: true, hint: say("members.points-hint") },
      { name: "reason", label: say("members.reason"), kind: "long", required: true, longest: 500, hint: say("members.reason-hint") },
      { name: "note", label: say("members.note"), kind: "long", longest: 500, hint: say("members.note-hint") },
      ...(await invoiceFields("invoice.", false)),
    ],
    send: (body, key) =>
      send("POST", `/v1/members/${member.member_id}/adjustments`, body, { key })
        .catch(placed({ insufficient_points: "points", already_credited: "invoice.invoice_number", invoice_conflict: "invoice.invoice_number" }))
        .catch((error) => {
          throw error instanceof Problem && error.status === 403 ? refusal("points", say("members.above-limit")) : error;
        }),
  });
  return answer === undefined ? undefined : say("members.adjusted", { points: change(answer.points), n: answer.balance.available });
}

/**
 * Gives the member the points of a purchase that was recorded without a member.
 * @param {View} view
 */
export async function creditReceipt({ member }) {
  const { member_id } = member;
  const answer = await ask({
    title: say("members.credit-receipt"),
    intro: say("members.credit-intro"),
    fields: await invoiceFields("", true),
    send: async ({ branch, invoice_number }, key) => {
      const found = await purchases(invoice_number, branch);
      const loose = found.filter((one) => one.member_id === null);
      if (loose.length === 1) return send("POST", `/v1/purchases/${loose[0].purchase_id}/claim-points`, { member_id }, { key });
      if (found.some((one) => one.member_id === member_id)) throw refusal("invoice_number", say("members.receipt-is-theirs"));
      if (loose.length > 1) throw refusal("branch", say("members.receipt-branch"));
      throw refusal("invoice_number", say(found.length > 0 ? "members.receipt-of-another" : "members.receipt-missing"));
    },
  });
  if (answer === undefined) return undefined;
  return say("members.credited", { n: answer.points?.earned ?? 0 });
}

/**
 * Makes the fields of an invoice.
 * @param {string} path
 * @param {boolean} required
 * @returns {Promise<import("../../core/fields.js").Field[]>}
 */
export async function invoiceFields(path, required) {
  const suggested = await suggestedBranches();
  return [
    { name: `${path}invoice_number`, label: say("members.invoice"), required, longest: 64 },
    { name: `${path}branch`, label: say("members.branch"), longest: 64, suggested },
  ];
}
