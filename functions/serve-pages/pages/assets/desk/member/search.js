// Finds members by what an agent writes: its form says whether it is a name, an e-mail, a number or a coupon.

import { Problem, get } from "../../core/api.js";
import { date, money } from "../../core/format.js";
import { say } from "../../core/words.js";
import { branchName, branches } from "../branches.js";

/** @typedef {import("puntos").components["schemas"]["MemberAnswer"]} Member */
/** @typedef {import("puntos").components["schemas"]["PurchaseAnswer"]} Purchase */
/** A member who was found, and by what. @typedef {{member: Member, by: string | null}} Hit */

/** A coupon as people write it: its hyphens may be spaces, or missing. */
const COUPON = /^([0-9a-z]{4}[\s-]?){5}$/i;
const CLAIM_ID = /^clm_[0-9a-z]{32}$/;
const MEMBER_ID = /^mbr_[0-9a-z]{16}$/;

/**
 * Finds the members that a text names. `notes` tell of receipts that belong to nobody.
 * @param {string} text
 * @param {AbortSignal} [signal]
 * @returns {Promise<{hits: Hit[], notes: string[]}>}
 */
export async function find(text, signal) {
  if (unfinished(text) !== null) return { hits: [], notes: [] };
  if (MEMBER_ID.test(text)) return { hits: await byId(text, null, signal), notes: [] };
  if (CLAIM_ID.test(text)) return { hits: await byClaim(text, signal), notes: [] };
  const coupon = COUPON.test(text) ? await byCoupon(text, signal) : [];
  if (coupon.length > 0) return { hits: coupon, notes: [] };
  if (text.includes("@")) return { hits: await byFilter({ email: text }, null, signal), notes: [] };
  const named = byFilter({ name: text }, null, signal);
  if (!/\d/.test(text) && (await named).length > 0) return { hits: await named, notes: [] };
  return byNumber(text, await named, signal);
}

/**
 * Says what a text lacks to be looked up; `null` where nothing.
 * @param {string} text
 */
export function unfinished(text) {
  if (text.includes("@")) return /^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$/.test(text) ? null : say("members.whole-email");
  return text.length < 2 ? say("members.more-letters") : null;
}

/**
 * Looks for a card, a document and an invoice of this number at once, beside those who have it in their name.
 * @param {string} text
 * @param {Hit[]} named
 * @param {AbortSignal} [signal]
 */
async function byNumber(text, named, signal) {
  const [cards, documents, bought] = await Promise.all([
    byFilter({ card_number: text }, null, signal),
    byFilter({ document: text }, say("members.by-document"), signal),
    purchases(text, undefined, signal),
    branches(),
  ]);
  const owners = await Promise.all(
    bought.flatMap((one) => (one.member_id === null ? [] : [byId(one.member_id, say("members.by-invoice", { invoice: one.invoice_number, branch: branchName(one.branch) }), signal)])),
  );
  /** @type {Map<string, Hit>} */
  const hits = new Map();
  for (const hit of [...cards, ...documents, ...named, ...owners.flat()]) if (!hits.has(hit.member.member_id)) hits.set(hit.member.member_id, hit);
  const notes = bought
    .filter((one) => one.member_id === null)
    .map((one) => say("members.of-nobody", { invoice: one.invoice_number, branch: branchName(one.branch), day: date(one.purchased_at), total: money(one.total) }));
  return { hits: [...hits.values()], notes };
}

/**
 * Reads the purchases with an invoice number, at one branch or at all.
 * @param {string} invoice
 * @param {string} [branch]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Purchase[]>}
 */
export async function purchases(invoice, branch, signal) {
  return found(async () => (await get("/v1/purchases", { invoice_number: invoice, branch }, { signal })).data);
}

/**
 * @param {Record<string, string>} filter
 * @param {string | null} by
 * @param {AbortSignal} [signal]
 * @returns {Promise<Hit[]>}
 */
function byFilter(filter, by, signal) {
  return found(async () => {
    const page = await get("/v1/members", { ...filter, limit: 50 }, { signal });
    return page.data.map((/** @type {Member} */ member) => ({ member, by }));
  });
}

/**
 * @param {string} id
 * @param {string | null} by
 * @param {AbortSignal} [signal]
 * @returns {Promise<Hit[]>}
 */
function byId(id, by, signal) {
  return found(async () => [{ member: await get(`/v1/members/${id}`, {}, { signal }), by }]);
}

/**
 * @param {string} id
 * @param {AbortSignal} [signal]
 */
function byClaim(id, signal) {
  return found(async () => {
    const claim = await get(`/v1/claims/${id}`, {}, { signal });
    return claim.member_id === null ? [] : byId(claim.member_id, say("members.by-claim"), signal);
  });
}

/**
 * @param {string} code
 * @param {AbortSignal} [signal]
 */
function byCoupon(code, signal) {
  return found(async () => {
    const coupon = await get(`/v1/coupons/${encodeURIComponent(code.toUpperCase())}`, {}, { signal });
    return byId(coupon.member_id, say("members.by-coupon"), signal);
  });
}

/**
 * Nothing is found by what does not exist or cannot be such a number.
 * @template One
 * @param {() => Promise<One[]>} look
 * @returns {Promise<One[]>}
 */
async function found(look) {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Problem && [404, 422].includes(error.status)) return [];
    throw error;
  }
}
