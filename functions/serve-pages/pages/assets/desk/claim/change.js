// Changes of a claim: a step, the proposed fix, and opening it again.

import { change, Problem } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { announce } from "../../core/notice.js";
import { refusal } from "../../core/refusals.js";
import { say, sayCode } from "../../core/words.js";
import { suggestedBranches } from "../branches.js";
import { programme } from "../member/programme.js";
import { fixWords } from "./row.js";

/** @typedef {import("./row.js").Claim} Claim */
/** @typedef {import("../../core/fields.js").Field} Field */

/** Who a claim waits for, in words that the system knows; anybody else is written out. */
const WAITED_FOR = ["member", "shop", "provider", "bank", "carrier"];
const STATUSES = ["investigating", "waiting", "resolved", "rejected"];
const PLACES = ["shop", "provider", "bank", "customer"];

/**
 * Asks for a step and adds it. Returns the claim after it.
 * @param {Claim} claim
 * @param {string} today
 * @returns {Promise<Claim | undefined>}
 */
export async function addStep(claim, today) {
  const { currency } = await programme();
  const answer = await ask({
    title: say("claims.add-step"),
    fields: [...stepFields(claim, today), ...moneyFields(claim, today), ...evidenceFields(claim, currency, await suggestedBranches())],
    warning: (written) => notBackYet(claim, written),
    send: async (body, key) => change("POST", `/v1/claims/${claim.claim_id}/updates`, stepOf(body, currency), { key }),
  });
  if (answer !== undefined) announce(say("claims.step-added"));
  return answer;
}

/**
 * Asks what the customer says, and opens an ended claim again.
 * @param {Claim} claim
 * @returns {Promise<Claim | undefined>}
 */
export async function openAgain(claim) {
  const answer = await ask({
    title: say("claims.open-again"),
    intro: say("claims.open-again-intro"),
    fields: [{ name: "note", label: say("claims.note"), kind: "long", required: true, longest: 500 }],
    send: (body, key) =>
      change("POST", `/v1/claims/${claim.claim_id}/updates`, { ...body, confirmed_by_member: false }, { key }),
  });
  if (answer !== undefined) announce(say("claims.opened-again"));
  return answer;
}

/**
 * Says exactly what the proposed fix does, and does it. `stale` is called where the claim has changed meanwhile.
 * @param {Claim} claim
 * @param {() => void} stale
 * @returns {Promise<Claim | undefined>}
 */
export async function fix(claim, stale) {
  const proposed = claim.proposed_fix;
  if (proposed === null) return undefined;
  const isCredit = proposed.action === "credit_points";
  const earned = isCredit ? await earnedBy(claim) : null;
  const answer = await ask({
    title: say("claims.fix"),
    intro: [
      element("p", {}, element("strong", {}, fixWords(claim))),
      element("p", {}, sayCode("claims.does", proposed.action)),
    ],
    fields: isCredit
      ? [{ name: "points", label: say("claims.points"), kind: "number", min: 1, required: true, value: earned, hint: say("claims.points-hint") }]
      : [],
    send: async (body, key) => {
      try {
        return await change("POST", `/v1/claims/${claim.claim_id}/fix`, body, { key });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (["finding_changed", "no_fix", "claim_ended"].includes(error.code)) stale();
        throw error.code === "forbidden" ? new Error(say("claims.above-limits")) : error;
      }
    },
  });
  if (answer !== undefined) announce(answer.status === "resolved" ? say("claims.is-fixed") : say("claims.fix-requested"));
  return answer;
}

/**
 * Returns how many points the receipt would have earned; `null` where it is not known well enough to say.
 * @param {Claim} claim
 * @returns {Promise<number | null>}
 */
async function earnedBy({ member_id, evidence }) {
  const { total, branch, invoice_number, purchased_at } = evidence;
  if (total === null || branch === null) return null;
  const receipt = { member_id, total, branch, invoice_number, purchased_at };
  const quote = await change("POST", "/v1/purchases/quote", receipt).catch(() => null);
  return quote?.points || null;
}

/**
 * @param {Claim} claim
 * @param {string} today
 * @returns {Field[]}
 */
function stepFields(claim, today) {
  const isWaiting = claim.status === "waiting";
  const who = [...WAITED_FOR, "other"].map((one) => ({ value: one, text: sayCode("claims.who", one) }));
  return [
    {
      name: "status",
      label: say("claims.status"),
      kind: "choice",
      choices: [{ value: "", text: say("claims.as-it-is") }, ...STATUSES.map((one) => ({ value: one, text: sayCode("claims.status", one) }))],
    },
    {
      name: "waiting_on",
      label: say("claims.waiting-on"),
      kind: "choice",
      choices: isWaiting ? [{ value: "", text: say("claims.as-it-is") }, ...who] : who,
      when: { name: "status", values: isWaiting ? ["", "waiting"] : ["waiting"] },
    },
    {
      name: "other",
      label: say("claims.who-else"),
      hint: say("claims.who-else-hint"),
      required: true,
      longest: 64,
      when: { name: "waiting_on", values: ["other"] },
    },
    {
      name: "confirmed",
      label: say("claims.agrees"),
      kind: "choice",
      hint: say("claims.agrees-hint"),
      choices: [{ value: "", text: say("claims.not-asked") }, { value: "yes", text: say("claims.yes") }],
      when: { name: "status", values: claim.status === "resolved" ? ["", "resolved"] : ["resolved"] },
    },
    { name: "note", label: say("claims.note"), kind: "long", hint: say("claims.note-hint"), longest: 500 },
    { name: "internal", label: say("claims.internal"), kind: "switch", hint: say("claims.internal-hint") },
    { name: "promised_by", label: say("claims.new-promise"), kind: "day", min: today },
  ];
}

/**
 * @param {Claim} claim
 * @param {string} today
 * @returns {Field[]}
 */
function moneyFields(claim, today) {
  const group = { title: say("claims.money"), isOpen: claim.money_at !== null || claim.amount !== null };
  return [
    {
      name: "money_at",
      label: say("claims.money-at"),
      kind: "choice",
      choices: [{ value: "", text: say("claims.as-it-is") }, ...PLACES.map((one) => ({ value: one, text: sayCode("claims.money", one) }))],
      group,
    },
    { name: "expected_by", label: say("claims.expected-by"), kind: "day", min: today, group },
    { name: "bank_reference", label: say("claims.bank-reference"), longest: 64, group },
  ];
}

/**
 * @param {Claim} claim
 * @param {string} currency
 * @param {Field["suggested"]} suggested branches
 * @returns {Field[]}
 */
function evidenceFields(claim, currency, suggested) {
  const group = { title: say("claims.evidence"), isOpen: claim.kind === "missing_points" };
  return [
    { name: "evidence.branch", label: say("claims.branch"), longest: 64, suggested, group },
    { name: "evidence.invoice_number", label: say("claims.invoice"), longest: 64, group },
    { name: "evidence.purchased_at", label: say("claims.purchased-at"), kind: "moment", group },
    { name: "evidence.total.amount", label: say("claims.total-in", { currency }), kind: "money", currency, group },
    { name: "evidence.card_number", label: say("claims.card"), longest: 64, group },
    { name: "evidence.order_id", label: say("claims.order"), longest: 64, group },
    { name: "evidence.note", label: say("claims.evidence-note"), kind: "long", longest: 500, group },
  ];
}

/**
 * Warns of a claim that is called resolved while its money is still on the way; `null` for others.
 * @param {Claim} claim
 * @param {Record<string, string>} written
 */
function notBackYet(claim, { status, confirmed, money_at }) {
  const at = money_at || claim.money_at;
  if (status !== "resolved" || confirmed === "yes" || !at || at === "customer") return null;
  return say("claims.not-back-yet", { where: sayCode("claims.money", at) });
}

/**
 * Makes the body of the call from what was written; refuses a step that says nothing.
 * @param {Record<string, any>} written
 * @param {string} currency
 */
function stepOf({ other, confirmed, ...body }, currency) {
  const isEmpty = Object.keys(body).every((name) => name === "internal") && confirmed === undefined;
  if (isEmpty) {
    throw refusal("note", say("claims.say-something"));
  }
  if (body.evidence?.total) body.evidence.total.currency = currency;
  if (body.waiting_on === "other") body.waiting_on = other;
  if (confirmed === "yes") body.confirmed_by_member = true;
  return body;
}
