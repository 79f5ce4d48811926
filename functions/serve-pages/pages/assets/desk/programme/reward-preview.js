// A reward as shoppers will see it: its card in their list, and the coupon that it gives.

import { element } from "../../core/element.js";
import { say } from "../../core/words.js";
import { couponCard } from "../../shop/coupon.js";
import { rewardCard } from "../../shop/reward.js";

const SAMPLE_CODE = "1234-5678-9ABC-DEFG-HJKM";
const DAY_MS = 86_400_000;

/**
 * @param {import("./rewards.js").Reward | null} one as it is saved; `null` is a new one
 * @param {Record<string, string>} written
 */
export function rewardPreview(one, { name, kind, points_cost, stock, valid_days, active }) {
  const isHidden = active === "" || kind === "points";
  if (isHidden) return element("p", { class: "quiet" }, say(active === "" ? "programme.reward.preview-hidden" : "programme.reward.preview-gift"));
  if (name === "" || points_cost === "") return element("p", { class: "quiet" }, say("programme.reward.preview-empty"));
  const taken = (one?.stock ?? 0) - (one?.units_left ?? 0);
  const units_left = stock === "" ? null : Math.max(0, Number(stock) - taken);
  const reward = { name, points_cost: Number(points_cost), units_left };
  const expires_at = new Date(Date.now() + Number(valid_days) * DAY_MS).toISOString();
  return [
    element("p", { class: "hint" }, say("programme.reward.preview-card")),
    element("div", { class: "sample reward" }, rewardCard("preview-reward", reward, element("span", { class: "button primary" }, say("shop.redeem")))),
    element("p", { class: "hint" }, say("programme.reward.preview-coupon")),
    element("div", { class: "sample row coupon" }, couponCard({ code: SAMPLE_CODE, name, status: "issued", expires_at, used: null })),
  ];
}
