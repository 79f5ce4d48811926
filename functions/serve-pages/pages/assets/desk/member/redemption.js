// Redemptions: making one for the member on the phone, showing it with its coupon, and reversing it.

import { change as send, get } from "../../core/api.js";
import { ask, inform } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { moment } from "../../core/format.js";
import { caller } from "../../core/session.js";
import { isolate, say } from "../../core/words.js";
import { couponTag } from "./coupons.js";
import { fact } from "./fact.js";
import { placed } from "./refusal.js";

/** @typedef {import("puntos").components["schemas"]["RedemptionAnswer"]} Redemption */
/** @typedef {import("puntos").components["schemas"]["RewardAnswer"]} Reward */

/** Shows a redemption, its coupon and its mail: the proof that it was made. @param {string} id */
export function showRedemption(id) {
  return inform(say("members.redemption"), async () => {
    const redemption = /** @type {Redemption} */ (await get(`/v1/redemptions/${id}`));
    const { coupon, email_id } = redemption;
    const mail = email_id === null ? null : await get(`/v1/emails/${email_id}`);
    const facts = element(
      "dl",
      { class: "facts" },
      fact(say("members.reward"), redemption.reward_name),
      fact(say("members.spent"), say("members.points", { n: redemption.points_spent })),
      fact(say("members.made-at"), moment(redemption.created_at)),
      fact(say("members.coupon-until"), moment(coupon.expires_at)),
      fact(say("members.mail"), mail === null ? say("members.no-mail") : [say(`members.mail.${/** @type {Status} */ (mail.status)}`), element("p", { class: "hint" }, mail.to)]),
      fact(say("members.number"), element("code", {}, redemption.redemption_id)),
    );
    return [element("p", { class: "row" }, element("code", { class: "members-code" }, coupon.code), couponTag(coupon.status)), facts];
  });
}

/** @typedef {import("puntos").components["schemas"]["EmailStatus"]} Status */

/**
 * Redeems a reward for the member, and shows its coupon to be read aloud.
 * @param {import("./action.js").View} view
 * @returns {Promise<undefined>} the page is made anew before the coupon is shown
 */
export async function redeem(view) {
  const { member } = view;
  const page = await get("/v1/rewards", { limit: 100 });
  const rewards = /** @type {Reward[]} */ (page.data).filter((one) => one.active && one.units_left !== 0);
  const answer = await ask({
    title: say("members.redeem"),
    intro: say("members.redeem-intro", { n: member.balance.available }),
    fields: [
      {
        name: "reward_id",
        label: say("members.reward"),
        kind: "choice",
        required: true,
        choices: rewards.map((one) => ({ value: one.reward_id, text: `${isolate(one.name)} · ${say("members.points", { n: one.points_cost })}` })),
      },
    ],
    send: (body, key) =>
      send("POST", "/v1/redemptions", { ...body, member_id: member.member_id }, { key }).catch(
        placed({ insufficient_points: "reward_id", out_of_stock: "reward_id", limit_reached: "reward_id", reward_inactive: "reward_id" }),
      ),
  });
  if (answer === undefined) return;
  await view.reload(say("members.redeemed", { n: answer.points_spent }));
  showRedemption(answer.redemption_id);
}

/**
 * Reverses a redemption. A supervisor may do so although its coupon was used or expired.
 * @param {string} id
 * @param {string} summary
 */
export async function reverse(id, summary) {
  const isSupervisor = caller().role === "supervisor";
  const answer = await ask({
    title: say("members.reverse"),
    intro: summary,
    isDangerous: true,
    fields: [
      { name: "reason", label: say("members.reason"), kind: "long", required: true, longest: 500, hint: say("members.reason-hint") },
      ...(isSupervisor ? overriding() : []),
    ],
    send: (body, key) => send("POST", `/v1/redemptions/${id}/reversal`, body, { key }),
  });
  if (answer === undefined) return undefined;
  return say(answer.points_expired > 0 ? "members.reversed-some" : "members.reversed", { n: answer.points_restored, expired: answer.points_expired });
}

/** @returns {import("../../core/fields.js").Field[]} */
function overriding() {
  return [
    { name: "override", label: say("members.override"), kind: "switch", hint: say("members.override-hint") },
    { name: "note", label: say("members.note"), kind: "long", longest: 500 },
  ];
}
