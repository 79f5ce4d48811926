// Reports a problem: what it is, the receipt, and a photo of it.

import { change, get } from "../core/api.js";
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
/** Of these the amount is the money that the claim is about. */
const ABOUT_MONEY = ["charged_without_order", "duplicate_charge", "refund"];

/**
 * Asks for a problem, and reports it.
 * @returns {Promise<Claim | undefined>}
 */
export async function report() {
  const known = await currency();
  const kinds = KINDS.map((value) => ({ value, text: sayCode("shop.claim-kind", value) }));
  const currencies = Intl.supportedValuesOf("currency").map((value) => ({ value, text: value }));
  /** @type {import("../core/fields.js").Field} */
  const currencyField = { name: "currency", label: say("shop.currency"), kind: "choice", choices: [{ value: "", text: "–" }, ...currencies] };
  return ask({
    title: say("shop.report"),
    fields: [
      { name: "kind", label: say("shop.what"), kind: "choice", choices: kinds },
      branchField("evidence.branch", say("shop.branch")),
      { name: "evidence.invoice_number", label: say("shop.invoice"), longest: 64 },
      { name: "evidence.purchased_at", label: say("shop.purchased-at"), kind: "moment", hint: say("shop.as-on-receipt") },
      { name: "evidence.total", label: known === null ? say("shop.total") : `${say("shop.total")}, ${known}`, kind: "money", currency: known ?? "EUR" },
      ...(known === null ? [currencyField] : []),
      { name: "evidence.note", label: say("shop.note"), kind: "long", longest: 500 },
      photoField(),
    ],
    send: (written, key) => sent(written, known, key),
  });
}

/**
 * @param {Record<string, any>} written
 * @param {string | null} known
 * @param {string} key
 * @returns {Promise<Claim>}
 */
async function sent({ kind, evidence = {}, photo, currency: chosen }, known, key) {
  check(photo);
  const used = known ?? chosen;
  if (evidence.total !== undefined && used === undefined) throw refusal("currency", say("field.missing"));
  const total = evidence.total === undefined ? null : { amount: evidence.total, currency: used };
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

/** Returns the currency of the shop, as rewards or purchases show it. */
async function currency() {
  for (const { worth, discount } of shop.rewards) {
    if (worth) return worth.currency;
    if (discount && "amount" in discount) return discount.amount.currency;
  }
  const { data } = await get("/v1/members/me/timeline", { kind: "purchase", limit: 100 });
  const purchase = data.find((/** @type {Schemas["TimelineEntry"]} */ entry) => entry.total !== null);
  return /** @type {string | null} */ (purchase?.total.currency ?? null);
}
