// The balance of a member: what can be spent, what comes, what expires, and the tier.

import { element } from "../../core/element.js";
import { expiryList } from "../../core/expiries.js";
import { lastDay, money, number } from "../../core/format.js";
import { say } from "../../core/words.js";
import { fact } from "./fact.js";

/** @typedef {import("./search.js").Member} Member */
/** @typedef {import("./programme.js").Programme} Programme */

/**
 * Returns what the region "Balance" shows.
 * @param {Member} member
 * @param {Programme} program
 */
export function balanceOf({ balance, tier }, program) {
  const expiring = balance.expiring.map(({ points, at }) => ({
    points: say("members.points", { n: points }),
    until: say("members.expiry", { day: lastDay(at) }),
  }));
  return element(
    "div",
    { class: "members-balance" },
    element(
      "dl",
      { class: "facts" },
      fact(say("members.available"), number(balance.available), "big"),
      fact(say("members.pending"), number(balance.pending)),
      balance.reserved > 0 && fact(say("members.reserved"), number(balance.reserved)),
      fact(say("members.debt"), number(balance.debt), balance.debt > 0 ? "tone-bad" : ""),
      tier !== null && fact(say("members.tier"), tierWords(tier, program)),
    ),
    element("div", {}, element("h3", {}, say("members.expiring")), expiryList(say("members.expiring"), expiring), expiring.length === 0 && element("p", { class: "quiet" }, say("members.no-expiry"))),
  );
}

/**
 * @param {NonNullable<Member["tier"]>} tier
 * @param {Programme} program
 */
function tierWords({ name, until, next }, program) {
  const missing = next === null ? "" : measured(next, program);
  return [
    name ?? say("members.no-tier"),
    until !== null && element("p", { class: "hint" }, say("members.tier-until", { day: lastDay(until) })),
    next !== null && element("p", { class: "hint" }, say("members.tier-next", { missing, tier: next.name })),
  ];
}

/**
 * @param {{missing: number, by: "points" | "spend"}} next
 * @param {Programme} program
 */
function measured({ missing: amount, by }, program) {
  return by === "spend" ? money({ amount, currency: program.currency }) : say("members.points", { n: amount });
}
