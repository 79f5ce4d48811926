// The code with which a person who signs in joins the member.

import { Problem, change } from "../../core/api.js";
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
    const given = await give(member.member_id);
    if (given === null) return [element("p", {}, say("members.join-taken"))];
    const { code, expires_at, replaces_sign_in } = given;
    return [
      element("p", {}, say("members.join-intro", { name: member.name })),
      element("p", {}, element("code", { class: "members-code" }, `${code.slice(0, 4)} ${code.slice(4)}`)),
      element("p", { class: "quiet" }, say("members.join-until", { when: moment(expires_at) })),
      replaces_sign_in ? element("p", { class: "quiet" }, say("members.join-replaces")) : null,
    ];
  });
}

/**
 * Returns the code; null if somebody signs in as the member, and the agent may not replace them.
 * @param {string} memberId
 * @returns {Promise<import("puntos").components["schemas"]["JoinCodeAnswer"] | null>}
 */
async function give(memberId) {
  try {
    return await change("POST", `/v1/members/${memberId}/join-code`);
  } catch (problem) {
    if (problem instanceof Problem && problem.code === "already_joined") return null;
    throw problem;
  }
}
