// The steps of a problem in words, the newest last.

import { element } from "../core/element.js";
import { day, moment } from "../core/format.js";
import { say, sayCode } from "../core/words.js";

/** @typedef {import("puntos").components["schemas"]} Schemas */
/** @typedef {Schemas["StepAnswer"]} Step */

/** Makes the list of the steps. @param {Schemas["ClaimAnswer"]} claim */
export function steps({ history }) {
  const rows = history.map((step, i) => {
    const moved = step.status !== history[i - 1]?.status;
    return element(
      "li",
      {},
      element("p", { class: "what" }, step.event ? sayCode("shop.event", step.event) : sayCode("shop.step", step.what)),
      element("p", { class: "quiet" }, `${sayCode("shop.by", step.by)} · ${moment(step.happened_at ?? step.at)}`),
      step.note && element("p", { class: "note" }, step.note),
      details(step, moved).map((text) => element("p", {}, text)),
    );
  });
  return element("ol", { role: "list", class: "steps", "aria-label": say("shop.steps") }, rows);
}

/**
 * @param {Step} step
 * @param {boolean} moved whether the status changed
 */
function details(step, moved) {
  return [
    moved && step.what !== "opened" ? say("shop.now", { status: sayCode("shop.claim", step.status) }) : null,
    step.waiting_on && `${say("shop.waiting-on")}: ${sayCode("shop.on", step.waiting_on)}`,
    step.money_at && `${say("shop.money-at")}: ${sayCode("shop.at", step.money_at)}`,
    step.promised_by && `${say("shop.promised-by")}: ${day(step.promised_by)}`,
    step.expected_by && `${say("shop.expected-by")}: ${day(step.expected_by)}`,
    step.bank_reference && `${say("shop.bank-reference")}: ${step.bank_reference}`,
  ].flatMap((text) => (text ? [text] : []));
}
