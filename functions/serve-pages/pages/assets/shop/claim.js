// One problem that was reported: how far it is, what was promised, every step, and what the member can add.

import { Problem, change, get } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { element } from "../core/element.js";
import { date, day, moment, money } from "../core/format.js";
import { announce, loading } from "../core/notice.js";
import { say, sayCode } from "../core/words.js";
import { photoField, pictures, upload } from "./photo.js";
import { ABOUT_MONEY } from "./report.js";
import { isAsked, statusWords } from "./claim-status.js";
import { branchName } from "./state.js";
import { steps } from "./steps.js";

/** @typedef {import("puntos").components["schemas"]["ClaimAnswer"]} Claim */

/**
 * Shows a claim.
 * @param {HTMLElement} panel
 * @param {string} id
 * @param {() => Promise<void>} changed
 */
export function showClaim(panel, id, changed) {
  return loading(panel, async () => {
    /** @type {Claim} */
    const claim = await get(`/v1/claims/${id}`);
    return [
      element("h3", { tabindex: -1 }, sayCode("shop.claim-kind", claim.kind)),
      stages(claim),
      question(claim),
      ...facts(claim),
      pictures(claim),
      element("h4", {}, say("shop.steps")),
      steps(claim),
      actions(claim, changed),
      element("p", {}, element("a", { href: "#claims" }, say("close"))),
    ];
  });
}

/** Where the claim is on its way from the report to the end. @param {Claim} claim */
function stages(claim) {
  const { status, history } = claim;
  const waited = status === "waiting" || history.some((step) => step.status === "waiting");
  /** @type {Claim["status"][]} */
  const way = ["received", "investigating", ...(waited ? /** @type {Claim["status"][]} */ (["waiting"]) : []), status === "rejected" ? "rejected" : "resolved"];
  const at = way.indexOf(status);
  return element(
    "ol",
    { role: "list", class: "stages", "aria-label": say("shop.stages") },
    way.map((one, i) => element("li", { class: i <= at && "done", "aria-current": i === at && "step" }, one === status ? statusWords(claim) : sayCode("shop.claim", one))),
  );
}

/** What is asked of the member where we have done our part. @param {Claim} claim */
function question(claim) {
  if (!isAsked(claim)) return null;
  const isMoney = ABOUT_MONEY.includes(claim.kind) && claim.money_at !== "customer";
  const words = { yes: say("shop.solved"), no: say("shop.not-solved") };
  return element(
    "p",
    { class: "warned" },
    say(isMoney ? "shop.ask-money" : "shop.ask", words),
    isMoney && claim.expected_by && ` ${say("shop.ask-money-by", { day: day(claim.expected_by) })}`,
  );
}

/** @param {Claim} claim */
function facts(claim) {
  const { evidence } = claim;
  const isOpen = claim.status !== "resolved" && claim.status !== "rejected";
  /** @type {[string, string | null][]} */
  const rows = [
    [say("shop.promised-by"), isOpen ? day(claim.promised_by) : null],
    [say("shop.expected-by"), claim.expected_by && day(claim.expected_by)],
    [say("shop.money-at"), claim.money_at && sayCode("shop.at", claim.money_at)],
    [say("shop.waiting-on"), claim.waiting_on && sayCode("shop.on", claim.waiting_on)],
    [say("shop.bank-reference"), claim.bank_reference],
    [say("shop.finding"), claim.finding && sayCode("shop.found", claim.finding)],
    [say("shop.claim-amount"), claim.amount && money(claim.amount)],
    [say("shop.branch"), evidence.branch && branchName(evidence.branch)],
    [say("shop.invoice"), evidence.invoice_number],
    [say("shop.purchased-at"), evidence.purchased_at && moment(evidence.purchased_at)],
    [say("shop.total"), evidence.total && money(evidence.total)],
    [say("shop.note"), evidence.note],
    [say("shop.reported-on"), date(claim.created_at)],
  ];
  const known = rows.filter(([, value]) => value);
  return [
    claim.escalated && isOpen && element("p", { class: "debt" }, say("shop.late")),
    element("dl", { class: "facts" }, known.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))),
  ];
}

/**
 * @param {Claim} claim
 * @param {() => Promise<void>} changed
 */
function actions(claim, changed) {
  const path = `/v1/claims/${claim.claim_id}/updates`;
  const isEnded = claim.status === "resolved" || claim.status === "rejected";
  /** @param {Promise<unknown>} asked */
  const after = async (asked) => {
    if ((await asked) === undefined) return;
    await changed();
    announce(say("shop.added"));
  };
  const noteField = { name: "note", label: say("shop.note"), kind: /** @type {const} */ ("long"), longest: 500 };
  const add = () =>
    after(
      ask({
        title: say("shop.add"),
        fields: [noteField, photoField()],
        send: async ({ note, photo }, key) => {
          if (note === undefined && photo === undefined) throw new Problem(422, "nothing_added", say("shop.nothing-added"));
          if (note !== undefined) await change("POST", path, { note }, { key });
          if (photo !== undefined) await upload(claim.claim_id, photo, key);
          return true;
        },
      }),
    );
  const confirm = () => after(ask({ title: say("shop.solved"), intro: say("shop.solved-intro"), send: (_, key) => change("POST", path, { confirmed: true }, { key }) }));
  const disagree = () =>
    after(
      ask({
        title: say("shop.not-solved"),
        fields: [{ ...noteField, label: say("shop.what-is-missing"), required: true }],
        send: ({ note }, key) => change("POST", path, { confirmed: false, note }, { key }),
      }),
    );
  return element(
    "div",
    { class: "actions" },
    !isEnded && element("button", { type: "button", click: add }, say("shop.add")),
    isAsked(claim) && element("button", { type: "button", class: "primary", click: confirm }, say("shop.solved")),
    isEnded && element("button", { type: "button", click: disagree }, say("shop.not-solved")),
  );
}
