// The steps of a claim: when, who, what, and what changed. Notes for colleagues are marked.

import { element } from "../../core/element.js";
import { day, moment, money } from "../../core/format.js";
import { caller } from "../../core/session.js";
import { say, sayCode } from "../../core/words.js";
import { agentName } from "../agents.js";
import { branchName } from "../branches.js";
import { statusTag, whoWords } from "./row.js";

/** @typedef {import("puntos").components["schemas"]["StepAnswer"]} Step */
/** @typedef {import("puntos").components["schemas"]["EvidenceAnswer"]} Evidence */
/** @typedef {import("./row.js").Claim} Claim */

/**
 * Makes the ordered list of the steps.
 * @param {Claim} claim
 * @param {import("../agents.js").Agents} names
 */
export function steps(claim, names) {
  const items = claim.history.map((step, i) => {
    const isNew = step.status !== claim.history[i - 1]?.status;
    return element(
      "li",
      { class: step.internal ? "claims-step claims-internal" : "claims-step" },
      element(
        "p",
        { class: "row" },
        element("strong", {}, headline(step)),
        isNew && statusTag({ ...claim, status: step.status, proven: step.status !== "resolved" || claim.proven }),
        step.internal && element("span", { class: "tag warn" }, say("claims.internal")),
      ),
      element("p", { class: "quiet" }, element("time", { datetime: step.at }, moment(step.at)), " · ", who(step, names)),
      step.note && element("blockquote", { class: "claims-note" }, step.note),
      changes(step),
    );
  });
  return element("ol", { role: "list", "aria-label": say("claims.steps"), class: "claims-steps" }, items);
}

/**
 * Lists what a claim, or a step of it, refers to.
 * @param {Evidence} evidence
 */
export function evidenceFacts(evidence) {
  const all = [
    [say("claims.branch"), evidence.branch && branchName(evidence.branch)],
    [say("claims.invoice"), evidence.invoice_number],
    [say("claims.purchased-at"), evidence.purchased_at && moment(evidence.purchased_at)],
    [say("claims.total"), evidence.total && money(evidence.total)],
    [say("claims.card"), evidence.card_number],
    [say("claims.order"), evidence.order_id],
    [say("claims.evidence-note"), evidence.note],
  ];
  return facts(all);
}

/**
 * Makes a list of facts; what is empty is left out.
 * @param {(string | null)[][]} all names and values
 */
export function facts(all) {
  const given = all.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (given.length === 0) return null;
  return element("dl", { class: "facts" }, given.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

/** @param {Step} step */
function headline(step) {
  if (step.event !== null) return sayCode("claims.event", step.event);
  if (step.fix !== null) return sayCode("claims.fixed", step.fix);
  return sayCode("claims.what", step.what);
}

/**
 * @param {Step} step
 * @param {import("../agents.js").Agents} names
 */
function who(step, names) {
  const id = step.actor?.startsWith(`${step.by}:`) ? step.actor.slice(step.by.length + 1) : null;
  const isColleague = step.by === "agent" || step.by === "supervisor";
  if (!isColleague || id === null) return sayCode("claims.by", step.by);
  return id === caller().subject ? say("agents.you") : `${sayCode("claims.by", step.by)} ${agentName(names, id)}`;
}

/** What a step changed. @param {Step} step */
function changes(step) {
  const changed = facts([
    [say("claims.happened-at"), step.happened_at && moment(step.happened_at)],
    [say("claims.waiting-on"), step.waiting_on && whoWords(step.waiting_on)],
    [say("claims.money-at"), step.money_at && sayCode("claims.money", step.money_at)],
    [say("claims.expected-by"), step.expected_by && day(step.expected_by)],
    [say("claims.bank-reference"), step.bank_reference],
    [say("claims.promised-by"), step.promised_by && day(step.promised_by)],
  ]);
  return [changed, step.evidence && evidenceFacts(step.evidence)].filter((one) => one !== null);
}
