// The mails of a member: what one said, what became of it, and sending it again.

import { change as send, get } from "../../core/api.js";
import { ask, inform } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { moment } from "../../core/format.js";
import { plainList } from "../../core/list.js";
import { say } from "../../core/words.js";
import { fact } from "./fact.js";

/** @typedef {import("puntos").components["schemas"]["EmailAnswer"]} Mail */

/** Shows a mail and its history. @param {string} id */
export function showMail(id) {
  return inform(say("members.mail"), async () => {
    const mail = /** @type {Mail} */ (await get(`/v1/emails/${id}`));
    const steps = mail.status_history.map((step) => [
      element("time", { class: "quiet", datetime: step.at }, moment(step.at)),
      ` ${say(`members.mail.${step.status}`)}`,
      step.detail !== null && element("p", { class: "quiet" }, step.detail),
    ]);
    return [
      element(
        "dl",
        { class: "facts" },
        fact(say("members.mail-to"), mail.to),
        fact(say("members.mail-status"), say(`members.mail.${mail.status}`)),
      ),
      element("h3", {}, mail.subject),
      element("pre", { class: "members-mail" }, mail.text),
      mail.resend_of !== null && element("p", { class: "quiet" }, say("members.mail-again")),
      element("h3", {}, say("members.mail-history")),
      plainList(say("members.mail-history"), steps.map((step) => element("div", {}, step)), undefined, ""),
    ];
  });
}

/**
 * Sends a mail again, to the address that the member has now.
 * @param {string} id
 * @param {import("./search.js").Member} member
 */
export async function resend(id, member) {
  const answer = await ask({
    title: say("members.resend"),
    intro: member.email === null ? say("members.resend-nowhere") : say("members.resend-to", { email: member.email }),
    send: (_, key) => send("POST", `/v1/emails/${id}/resend`, undefined, { key }),
  });
  return answer === undefined ? undefined : say("members.resent", { email: answer.to });
}
