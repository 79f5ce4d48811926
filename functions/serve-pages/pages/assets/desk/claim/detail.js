// One claim opened: how far it is, where the money is, what to do, what it refers to, and its steps.

import { element } from "../../core/element.js";
import { date, day, money } from "../../core/format.js";
import { say, sayCode } from "../../core/words.js";
import { ATTACHMENTS_MAX, attachments } from "./attachments.js";
import { fixWords, isEnded, promiseTag, statusTag, whoWords } from "./row.js";
import { evidenceFacts, facts, steps } from "./steps.js";

/** @typedef {import("./row.js").Claim} Claim */
/** @typedef {{addStep: () => void, fix: () => void, attach: () => void, openAgain: () => void}} Acts */

const PLACES = ["shop", "provider", "bank", "customer"];

/**
 * Makes the page of a claim.
 * @param {Claim} claim
 * @param {{today: string, names: import("../agents.js").Agents, customer: string | null, acts: Acts}} context
 */
export function detail(claim, { today, names, customer, acts }) {
  return element(
    "article",
    { class: "claims-opened" },
    element(
      "section",
      { class: "card" },
      element("h1", { tabindex: -1 }, sayCode("claims.kind", claim.kind)),
      element("p", { class: "row" }, statusTag(claim), promiseTag(claim, today)),
      element("p", {}, ofCustomer(claim, customer), " · ", element("span", { class: "quiet" }, opened(claim))),
      buttons(claim, acts),
      facts([
        [say("claims.number"), claim.claim_id],
        [say("claims.amount"), claim.amount && money(claim.amount)],
        [say("claims.method"), claim.method],
        [say("claims.waiting-on"), claim.waiting_on && whoWords(claim.waiting_on)],
        [say("claims.expected-by"), claim.expected_by && day(claim.expected_by)],
        [say("claims.bank-reference"), claim.bank_reference],
        [say("claims.follow-up"), claim.follow_up_on && day(claim.follow_up_on)],
      ]),
      claim.money_at && place(claim.money_at),
    ),
    finding(claim),
    toDo(claim),
    element(
      "section",
      { class: "card" },
      element("h2", {}, say("claims.evidence")),
      evidenceFacts(claim.evidence) ?? element("p", { class: "quiet" }, say("claims.no-evidence")),
      element("h3", {}, say("claims.receipts")),
      attachments(claim),
    ),
    element("section", { class: "card" }, element("h2", {}, say("claims.steps")), steps(claim, names)),
  );
}

/**
 * @param {Claim} claim
 * @param {string | null} customer
 */
function ofCustomer(claim, customer) {
  return claim.member_id === null ? say("claims.of-nobody") : element("a", { href: `/desk/members/${claim.member_id}` }, customer);
}

/** @param {Claim} claim */
function opened(claim) {
  return say("claims.opened-by", { who: sayCode("claims.by", claim.opened_by), day: date(claim.created_at) });
}

/**
 * @param {Claim} claim
 * @param {Acts} acts
 */
function buttons(claim, acts) {
  const isClosed = claim.status === "resolved" || claim.status === "rejected";
  /** @param {string} words @param {() => void} click @param {string} [look] */
  const button = (words, click, look) => element("button", { type: "button", class: look, click }, words);
  return element(
    "div",
    { class: "actions" },
    claim.proposed_fix && !isEnded(claim) && button(say("claims.fix"), acts.fix, "primary"),
    !isEnded(claim) && button(say("claims.add-step"), acts.addStep),
    !isEnded(claim) && claim.evidence.attachments.length < ATTACHMENTS_MAX && button(say("claims.add-receipt"), acts.attach),
    isClosed && button(say("claims.open-again"), acts.openAgain),
  );
}

/** What the look-up of the invoice found, and what is proposed. @param {Claim} claim */
function finding(claim) {
  if (claim.finding === null && claim.proposed_fix === null) return null;
  return element(
    "section",
    { class: "card" },
    element("h2", {}, say("claims.finding")),
    claim.finding && element("p", {}, sayCode("claims.found", claim.finding)),
    claim.finding === "not_received" && claim.evidence.branch === null && !isEnded(claim) && element("p", {}, say("claims.need-branch")),
    claim.proposed_fix && element("p", {}, element("strong", {}, say("claims.proposed")), " ", fixWords(claim)),
  );
}

/** The way of the money, with the place where it is. @param {string} at */
function place(at) {
  const places = PLACES.map((one) =>
    element("li", { "aria-current": one === at ? "step" : null }, sayCode("claims.money", one)),
  );
  return element("div", {}, element("h2", {}, say("claims.money-at")), element("ol", { role: "list", class: "claims-money", "aria-label": say("claims.money-at") }, places));
}

/** What is to be done by hand, to tick off. The ticks stay in this browser. @param {Claim} claim */
function toDo(claim) {
  if (claim.to_do.length === 0) return null;
  const items = claim.to_do.map((step) => {
    const name = `puntos.to-do.${claim.claim_id}.${step}`;
    const box = element("input", { type: "checkbox", checked: localStorage.getItem(name) !== null });
    box.addEventListener("change", () => (box.checked ? localStorage.setItem(name, "done") : localStorage.removeItem(name)));
    return element("li", {}, element("label", { class: "claims-check" }, box, sayCode("claims.to-do", step)));
  });
  return element(
    "section",
    { class: "card" },
    element("h2", {}, say("claims.to-do")),
    element("ul", { role: "list", "aria-label": say("claims.to-do") }, items),
    element("p", { class: "hint" }, say("claims.to-do-hint")),
  );
}
