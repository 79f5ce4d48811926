// The rewards: what each costs, one tap to redeem it, or what is missing.

import { change } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { element, replace } from "../core/element.js";
import { number } from "../core/format.js";
import { telling } from "../core/notice.js";
import { say } from "../core/words.js";
import { part } from "./part.js";
import { rewardCard } from "./reward.js";
import { missingTo, shop, watch } from "./state.js";

/** @typedef {import("./state.js").Reward} Reward */

/**
 * Makes the part.
 * @param {{add: (coupon: import("./coupon.js").Coupon) => void}} coupons takes the new coupon
 * @param {() => Promise<void>} redeemed shows the new points
 */
export function rewards(coupons, redeemed) {
  const list = element("ul", { role: "list", "aria-label": say("shop.rewards"), class: "rows" });
  const empty = element("p", { class: "quiet empty" }, say("shop.no-rewards"));
  const redeem = telling(async (/** @type {Reward} */ reward) => {
    // Before the points are spent, so that nothing is missing to show the code.
    const { showCoupon } = await import("./coupon.js");
    const coupon = await bought(reward);
    if (coupon === undefined) return;
    coupons.add(coupon);
    await Promise.all([showCoupon(coupon), redeemed()]);
    location.hash = "#coupons";
  });
  watch(() => {
    replace(list, shop.rewards.map((reward) => element("li", { class: "reward" }, row(reward, redeem))));
    empty.hidden = shop.rewards.length > 0;
  });
  return part("rewards", say("shop.rewards"), list, empty);
}

/**
 * @param {Reward} reward
 * @param {(reward: Reward) => void} redeem
 */
function row(reward, redeem) {
  const id = `reward-${reward.reward_id}`;
  const missing = missingTo(reward);
  const button = { type: "button", class: "primary", "aria-describedby": `${id} ${id}-cost`, click: () => redeem(reward) };
  return rewardCard(id, reward, missing > 0 ? element("p", { class: "quiet missing" }, say("shop.missing", { n: missing })) : element("button", button, say("shop.redeem")));
}

/**
 * Asks, and spends the points. Returns the coupon.
 * @param {Reward} reward
 * @returns {Promise<import("./coupon.js").Coupon | undefined>}
 */
async function bought(reward) {
  const rest = shop.member.balance.available - reward.points_cost;
  const answer = await ask({
    title: say("shop.redeem"),
    intro: [
      element("p", { class: "choice" }, reward.name),
      element("p", {}, say("shop.redeem-costs", { n: reward.points_cost, rest: number(rest) })),
    ],
    send: (_, key) => change("POST", "/v1/redemptions", { member_id: shop.member.member_id, reward_id: reward.reward_id }, { key }),
  });
  return answer && { ...answer.coupon, name: answer.reward_name, used: null };
}
