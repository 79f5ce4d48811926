// The words of how far a claim is, in their colour.

import { element } from "../core/element.js";
import { say, sayCode } from "../core/words.js";

/** @typedef {import("puntos").components["schemas"]["ClaimAnswer"]} Claim */

/** @type {Record<Claim["status"], string>} */
const TONES = { received: "tag", investigating: "tag", waiting: "tag warn", resolved: "tag good", rejected: "tag bad" };

/** Makes the word of how far a claim is. @param {Claim} claim */
export function statusTag(claim) {
  return element("span", { class: isAsked(claim) ? "tag warn" : TONES[claim.status] }, statusWords(claim));
}

/** Whether the member is asked if it is solved. @param {Claim} claim */
export function isAsked({ status, proven }) {
  return status === "resolved" && !proven;
}

/** @param {Claim} claim */
export function statusWords(claim) {
  return isAsked(claim) ? say("shop.claim.unproven") : sayCode("shop.claim", claim.status);
}
