// Reports a problem: what it is, the receipt, and a photo of it.

import { change } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { announce, reason } from "../core/notice.js";
import { refusal } from "../core/refusals.js";
import { say, sayCode } from "../core/words.js";
import { check, photoField, upload } from "./photo.js";
import { branchField, shop } from "./state.js";

/** @typedef {import("puntos").components["schemas"]} Schemas */
/** @typedef {Schemas["ClaimAnswer"]} Claim */

/** @type {Schemas["ClaimKind"][]} */
const KINDS = ["missing_points", "charged_without_order", "duplicate_charge", "refund", "wrong_tax", "receipt_data", "delivery"];
/** Of these the amount is the money that the claim is about. @type {Schemas["ClaimKind"][]} */
export const ABOUT_MONEY = ["charged_without_order", "duplicate_charge", "refund"];

/**
 * Asks for a problem, and reports it.
 * @returns {Promise<Claim | undefined>}
 */
export function report() {
  const { currency } = shop;
  const kinds = KINDS.map((value) => ({ value, text: sayCode("shop.claim-kind", value) }));
  /** @type {import("../core/fields.js").Field[]} */
  const total = currency === null ? [] : [{ name: "evidence.total", label: `${say("shop.total")}, ${currency}`, kind: "money", currency }];
  return ask({
    title: say("shop.report"),
    fields: [
      { name: "kind", label: say("shop.what"), kind: "choice", choices: kinds },
      branchField("evidence.branch", say("shop.branch")),
      { name: "evidence.invoice_number", label: say("shop.invoice"), longest: 64 },
      { name: "evidence.purchased_at", label: say("shop.purchased-at"), kind: "moment", hint: say("shop.as-on-receipt") },
      ...total,
      { name: "evidence.note", label: say("shop.note"), kind: "long", longest: 500 },
      photoField(),
    ],
    send: sent,
  });
}

/**
 * @param {Record<string, any>} written
 * @param {string} key
 * @returns {Promise<Claim>}
 */
async function sent({ kind, evidence = {}, photo }, key) {
  check(photo);
  if (!evidence.note && !photo) asks(kind, evidence);
  const total = evidence.total === undefined ? null : { amount: evidence.total, currency: shop.currency };
  const isMoney = ABOUT_MONEY.includes(kind);
  /** @type {Claim} */
  const claim = await change(
    "POST",
    "/v1/claims",
    { kind, amount: isMoney ? total : null, evidence: { ...evidence, total: isMoney ? null : total } },
    { key },
  );
  // The problem is reported: a photo that fails is added to it later.
  const failed = photo && (await upload(claim.claim_id, photo, key).then(() => null, (/** @type {unknown} */ error) => error));
  announce(failed ? `${say("shop.reported")} ${reason(failed)}` : say("shop.reported"));
  return claim;
}

/**
 * Refuses a problem without anything to look into, at the field that its kind needs most.
 * @param {Schemas["ClaimKind"]} kind
 * @param {Record<string, any>} evidence without a note
 */
function asks(kind, { invoice_number, total }) {
  if (invoice_number || total) return;
  if (kind === "delivery") throw refusal("evidence.note", say("shop.needs-note"));
  if (!ABOUT_MONEY.includes(kind)) throw refusal("evidence.invoice_number", say("shop.needs-invoice"));
  throw refusal("evidence.note", say("shop.needs-money"));
}
