// One entry of a timeline: what happened, its points, and the buttons that apply to it.

import { element } from "../../core/element.js";
import { change, moment, money } from "../../core/format.js";
import { sentence } from "../../core/sentence.js";
import { caller } from "../../core/session.js";
import { say, sayCode } from "../../core/words.js";
import { agentName } from "../agents.js";
import { branchName } from "../branches.js";
import { changing, showing } from "./action.js";
import { resend, showMail } from "./mail.js";
import { explain } from "./explanation.js";
import { movePurchase, rerate, showReceipt } from "./receipt.js";
import { reverse, showRedemption } from "./redemption.js";

/** @typedef {import("puntos").components["schemas"]["TimelineEntry"]} Entry */
/** @typedef {import("./action.js").View} View */

/**
 * Makes the row of an entry.
 * @param {View} view
 * @param {Entry} entry
 * @param {boolean} isReversed whether its redemption is undone already
 */
export function entryRow(view, entry, isReversed) {
  const id = `members-${entry.entry_id}-${entry.kind}`;
  const buttons = buttonsOf(view, entry, isReversed, { class: "small", "aria-describedby": id });
  return element(
    "div",
    { class: "members-entry" },
    element(
      "div",
      {},
      element(
        "p",
        { class: "hint" },
        element("time", { datetime: entry.at }, moment(entry.at)),
        ` · ${say(`members.kind.${entry.kind}`)}`,
        entry.actor !== null && ` · ${actorWords(entry.actor, view)}`,
      ),
      element("p", { id }, sentence(entry, branchName)),
      boughtWords(entry),
      entry.comment !== null && element("blockquote", {}, entry.comment),
      entry.note !== null && element("p", { class: "quiet" }, entry.note),
    ),
    entry.points !== null && pointsOf(entry.points, entry.balance_after),
    buttons.length > 0 && element("div", { class: "row" }, buttons),
  );
}

/**
 * Says who did it: an agent by name, a till, or the member.
 * @param {string} actor the role and the subject of a token
 * @param {View} view
 */
function actorWords(actor, { names }) {
  const [, role, subject] = /^(\w+):(.+)$/.exec(actor) ?? [null, "", actor];
  // A link of a mail is pressed by the member.
  if (role === "link") return say("members.by.member");
  if (role === "pos" || role === "member") return say(`members.by.${role}`);
  const name = agentName(names, subject);
  const isNamed = names.has(subject) || subject === caller().subject || role === "";
  return isNamed ? name : `${sayCode("members.by", role)} ${name}`;
}

/** @param {Entry} entry */
function boughtWords({ purchased_at, total }) {
  if (purchased_at === null || total === null) return null;
  return element("p", { class: "quiet" }, say("members.bought", { total: money(total), day: moment(purchased_at) }));
}

/**
 * @param {number} points
 * @param {number | null} balance
 */
function pointsOf(points, balance) {
  return element(
    "div",
    { class: "figure" },
    element("p", { class: points < 0 ? "members-change tone-bad" : "members-change tone-good" }, change(points)),
    balance !== null && element("p", { class: "hint" }, say("members.balance-after", { n: balance })),
  );
}

/**
 * @param {View} view
 * @param {Entry} entry
 * @param {boolean} isReversed
 * @param {import("../../core/element.js").Attributes} attributes
 */
function buttonsOf(view, entry, isReversed, attributes) {
  const { kind, email_id: mail, purchase_id: purchase, redemption_id: redemption } = entry;
  const isSupervisor = caller().role === "supervisor";
  const buttons = [];
  if (redemption !== null && kind === "redemption") {
    buttons.push(showing(say("members.show-redemption"), () => showRedemption(redemption), attributes));
    if (!isReversed) buttons.push(changing(view, say("members.reverse"), () => reverse(redemption, entry.summary), attributes));
  }
  if (mail !== null) {
    buttons.push(showing(say("members.show-mail"), () => showMail(mail), attributes));
    buttons.push(changing(view, say("members.resend"), ({ member }) => resend(mail, member), attributes));
  }
  if (purchase !== null) buttons.push(showing(say("members.show-receipt"), () => showReceipt(purchase), attributes));
  if (entry.points !== null) buttons.push(showing(say("members.why"), () => explain(entry), attributes));
  if (purchase !== null && kind === "purchase" && isSupervisor) {
    buttons.push(changing(view, say("members.move"), () => movePurchase(purchase), attributes));
    buttons.push(changing(view, say("members.rerate"), () => rerate(purchase), attributes));
  }
  if (entry.claim_id !== null) buttons.push(link(`/desk/claims/${entry.claim_id}`, say("members.show-claim"), attributes));
  if (entry.rating_id !== null) buttons.push(link(`/desk/ratings/${entry.rating_id}`, say("members.show-rating"), attributes));
  return buttons;
}

/**
 * @param {string} href
 * @param {string} name
 * @param {import("../../core/element.js").Attributes} attributes
 */
function link(href, name, attributes) {
  return element("a", { href, ...attributes, class: "button small" }, name);
}
