// An opened member: who it is, what can be done, the balance, and everything that happened.

import { get } from "../../core/api.js";
import { element, replace } from "../../core/element.js";
import { announce, loading, reason } from "../../core/notice.js";
import { caller } from "../../core/session.js";
import { say } from "../../core/words.js";
import { agents } from "../agents.js";
import { branches } from "../branches.js";
import { changing, showing } from "./action.js";
import { balanceOf } from "./balance.js";
import { careFold } from "./care.js";
import { openClaim } from "./claim.js";
import { couponsFold } from "./coupons.js";
import { joinCode } from "./join-code.js";
import { merge, unmerge } from "./merge.js";
import { adjust, creditReceipt } from "./points.js";
import { editProfile, factsOf, unblock } from "./profile.js";
import { programme } from "./programme.js";
import { redeem } from "./redemption.js";
import { statementFold } from "./statement.js";
import { timeline } from "./timeline.js";

/** @typedef {import("./action.js").View} View */

/**
 * Opens a member at the side of the list.
 * @param {HTMLElement} side
 * @param {string} id
 * @param {{signal: AbortSignal, changed: (member: View["member"]) => void}} options `changed` is told what the member is after a change
 */
export async function openMember(side, id, { signal, changed }) {
  const article = element("article", { class: "stack" });
  replace(side, element("a", { href: "/desk/members", class: "only-narrow" }, say("back")), article);
  await loading(article, () => built(article, id, changed), signal);
  if (article.isConnected && !signal.aborted) heading(article)?.focus();
}

/**
 * @param {HTMLElement} article
 * @param {string} id
 * @param {(member: View["member"]) => void} changed
 */
async function built(article, id, changed) {
  const address = `/v1/members/${encodeURIComponent(id)}`;
  const [member, program, names] = await Promise.all([get(address), programme(), agents(), branches()]);
  const head = element("header", { class: "card members-head" });
  const balance = element("section", { class: "card", "aria-labelledby": "members-balance" });
  const show = () => {
    replace(head, headOf(view));
    replace(balance, element("h2", { id: "members-balance" }, say("members.balance")), balanceOf(view.member, program));
  };
  /** @type {View} */
  const view = {
    member,
    program,
    names,
    async reload(words) {
      announce(words);
      const focusAgain = focusOf(article);
      try {
        view.member = await get(address);
        changed(view.member);
        if (!article.isConnected) return;
        show();
        await Promise.all([history.load(), ...folds.map((fold) => fold.load())]);
      } catch (error) {
        announce(reason(error));
      }
      if (article.isConnected && document.activeElement === document.body) focusAgain();
    },
  };
  const history = timeline(view);
  const folds = [couponsFold(view), careFold(view), statementFold(view)];
  show();
  history.load();
  return [head, balance, element("div", { class: "card members-folds" }, folds.map((fold) => fold.node)), history.node];
}

/**
 * Returns the name, the facts and the buttons of the member as it is now.
 * @param {View} view
 */
function headOf(view) {
  const { member } = view;
  const into = member.merged_into;
  const merged = into !== null && element(
    "p",
    { class: "tag warn" },
    `${say("members.merged")} `,
    element("a", { href: `/desk/members/${into}` }, say("members.merged-into")),
  );
  return [
    element("h1", { tabindex: -1 }, member.name),
    merged,
    factsOf(member, view.names),
    element("div", { class: "row" }, into === null ? actionsOf(view) : mergedActionsOf(view)),
  ];
}

/** @param {View} view */
function actionsOf(view) {
  const isSupervisor = caller().role === "supervisor";
  const isBlocked = view.member.email_status.state === "blocked";
  return [
    changing(view, say("members.adjust"), adjust),
    changing(view, say("members.edit"), editProfile),
    showing(say("members.join-code"), () => joinCode(view)),
    isSupervisor && isBlocked && changing(view, say("members.unblock"), unblock),
    changing(view, say("members.open-claim"), openClaim),
    changing(view, say("members.credit-receipt"), creditReceipt),
    !isSupervisor && changing(view, say("members.redeem"), redeem),
    isSupervisor && changing(view, say("members.merge"), merge),
  ];
}

/** @param {View} view */
function mergedActionsOf(view) {
  return caller().role === "supervisor" ? [changing(view, say("members.unmerge"), unmerge)] : [];
}

/**
 * Remembers where the focus is. Returns what puts it there once the page is made anew: to the same button, to
 * the same entry, or to the heading.
 * @param {HTMLElement} article
 */
function focusOf(article) {
  const [entry, name] = [document.activeElement?.getAttribute("aria-describedby"), document.activeElement?.textContent];
  return () => {
    const buttons = [...article.querySelectorAll("button")].filter((one) => one.getAttribute("aria-describedby") === entry);
    const same = buttons.find((one) => one.textContent === name) ?? (entry ? buttons[0] : null);
    (same ?? heading(article))?.focus();
  };
}

/** @param {HTMLElement} article */
function heading(article) {
  return article.querySelector("h1");
}
