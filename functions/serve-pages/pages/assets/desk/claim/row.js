// A claim as a row of the list, and the words that the list and the opened claim share.

import { element, replace } from "../../core/element.js";
import { date, day, money } from "../../core/format.js";
import { sentence } from "../../core/sentence.js";
import { isolate, say, sayCode } from "../../core/words.js";
import { branchName } from "../branches.js";
import { daysBetween } from "../today.js";
import { customerName } from "./customers.js";

/** @typedef {import("puntos").components["schemas"]["ClaimAnswer"]} Claim */

const TONES = /** @type {Record<string, string>} */ ({ waiting: "tag warn", resolved: "tag good" });

/**
 * Makes the row of a claim. `show` shows it as it is now.
 * @param {Claim} claim
 * @param {string} today the local day
 * @returns {{node: HTMLElement, show: (claim: Claim) => void}}
 */
export function claimRow(claim, today) {
  const node = element("article", { class: "claims-row" });
  const customer = element("span", {}, claim.member_id === null ? say("claims.of-nobody") : "…");
  if (claim.member_id !== null) customerName(claim.member_id).then((name) => replace(customer, name));
  /** @param {Claim} now */
  const show = (now) => {
    const isOpen = node.querySelector("a")?.getAttribute("aria-current") ?? null;
    replace(
      node,
      element(
        "div",
        { class: "spread" },
        element(
          "a",
          { href: `/desk/claims/${now.claim_id}${location.search}`, "data-claim": now.claim_id, "aria-current": isOpen },
          sayCode("claims.kind", now.kind),
        ),
        now.amount && element("span", { class: "figure" }, money(now.amount)),
      ),
      element("p", { class: "row" }, statusTag(now), promiseTag(now, today)),
      element("p", {}, customer),
      element("p", { class: "quiet" }, about(now)),
    );
  };
  show(claim);
  return { node, show };
}

/** The receipt or the order, and when it was opened. @param {Claim} claim */
function about({ evidence, created_at }) {
  const opened = say("claims.opened-on", { day: date(created_at) });
  const named = evidence.invoice_number ?? evidence.order_id;
  return named === null ? opened : `${isolate(named)} · ${opened}`;
}

/** How far a claim is. @param {Claim} claim */
export function statusTag(claim) {
  const isUnproven = claim.status === "resolved" && !claim.proven;
  const words = isUnproven ? say("claims.unproven") : sayCode("claims.status", claim.status);
  return element("span", { class: isUnproven ? "tag warn" : (TONES[claim.status] ?? "tag") }, words);
}

/**
 * By when a claim is promised to be resolved. A broken promise is told in words and colour.
 * @param {Claim} claim
 * @param {string} today
 */
export function promiseTag(claim, today) {
  if (isEnded(claim)) return null;
  const late = daysBetween(claim.promised_by, today);
  if (late > 0) return element("span", { class: "tag bad" }, say("claims.overdue", { n: late }));
  if (claim.escalated) return element("span", { class: "tag bad" }, say("claims.broken"));
  if (late === 0) return element("span", { class: "tag warn" }, say("claims.promised-today"));
  return element("span", { class: "quiet figure" }, say("claims.promised-for", { day: day(claim.promised_by) }));
}

/** Says what the proposed fix does, with the branch by its name. @param {Claim} claim */
export function fixWords({ proposed_fix, evidence }) {
  return sentence({ ...evidence, summary: proposed_fix?.text ?? "" }, branchName);
}

/** Whether only a customer who does not agree can open it again. @param {Claim} claim */
export function isEnded({ status, proven }) {
  return status === "rejected" || (status === "resolved" && proven);
}

/** Writes who is waited for: words where there are some, else the name as it was written. @param {string} who */
export function whoWords(who) {
  const words = sayCode("claims.who", who.toLowerCase());
  return words === who.toLowerCase().replaceAll("_", " ") ? who : words;
}
