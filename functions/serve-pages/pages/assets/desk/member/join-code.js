// The code with which a person who signs in joins the member.

import { change } from "../../core/api.js";
import { inform } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { moment } from "../../core/format.js";
import { say } from "../../core/words.js";

/**
 * Gives a code, and shows it. A code that was given before is void.
 * @param {import("./action.js").View} view
 */
export function joinCode({ member }) {
  return inform(say("members.join-code"), async () => {
    /** @type {import("puntos").components["schemas"]["JoinCodeAnswer"]} */
    const { code, expires_at } = await change("POST", `/v1/members/${member.member_id}/join-code`);
    return [
      element("p", {}, say("members.join-intro", { name: member.name })),
      element("p", {}, element("code", { class: "members-code" }, `${code.slice(0, 4)} ${code.slice(4)}`)),
      element("p", { class: "quiet" }, say("members.join-until", { when: moment(expires_at) })),
    ];
  });
}
