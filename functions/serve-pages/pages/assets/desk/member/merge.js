// One person who enrolled twice: merging one member into another, and undoing it.

import { change as send } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { say } from "../../core/words.js";
import { one } from "./other.js";
import { placed } from "./refusal.js";

/** @typedef {import("./action.js").View} View */

/**
 * Merges the member into another, who keeps the points of both.
 * @param {View} view
 */
export async function merge({ member }) {
  const answer = await ask({
    title: say("members.merge"),
    intro: say("members.merge-intro", { name: member.name }),
    isDangerous: true,
    fields: [
      { name: "into", label: say("members.into"), hint: say("members.other-hint"), required: true },
      { name: "reason", label: say("members.reason"), kind: "long", required: true, longest: 500 },
    ],
    send: async (body, key) => {
      const { member_id } = await one(body.into, "into");
      const merged = { ...body, into: member_id };
      return send("POST", `/v1/members/${member.member_id}/merge`, merged, { key }).catch(placed({ same_member: "into", member_merged: "into" }));
    },
  });
  return answer === undefined ? undefined : say("members.merge-done");
}

/**
 * Undoes a merge, as long as nothing rests on it.
 * @param {View} view
 */
export async function unmerge({ member }) {
  const answer = await ask({
    title: say("members.unmerge"),
    fields: [{ name: "reason", label: say("members.reason"), kind: "long", required: true, longest: 500 }],
    send: (body, key) => send("POST", `/v1/members/${member.member_id}/unmerge`, body, { key }),
  });
  return answer === undefined ? undefined : say("members.unmerge-done");
}
