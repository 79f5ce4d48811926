// The coupons of a member, from redemptions and gifts, with what can be done with each.

import { get } from "../../core/api.js";
import { element } from "../../core/element.js";
import { moment } from "../../core/format.js";
import { pagedList } from "../../core/list.js";
import { say } from "../../core/words.js";
import { branchName } from "../branches.js";
import { fold } from "./fold.js";

/** @typedef {import("puntos").components["schemas"]["TillCoupon"]} Coupon */
/** @typedef {import("puntos").components["schemas"]["CouponStatus"]} Status */

/**
 * Makes the folded list "Coupons".
 * @param {import("./action.js").View} view
 */
export function couponsFold(view) {
  return fold(say("members.coupons"), async () => {
    const coupons = pagedList({
      name: say("members.coupons"),
      empty: say("members.no-coupons"),
      page: (cursor) => get("/v1/coupons", { member_id: view.member.member_id, cursor }),
      row: couponRow,
    });
    await coupons.load();
    return coupons.node;
  });
}

/** Makes the word for the state of a coupon. @param {Status} status */
export function couponTag(status) {
  const tones = { issued: "good", used: "", expired: "warn", cancelled: "bad" };
  return element("span", { class: `tag ${tones[status]}` }, say(`members.coupon.${status}`));
}

/** @param {Coupon} coupon */
function couponRow({ code, name, status, expires_at, used, gift_id }) {
  return [
    element("div", { class: "spread" }, element("strong", {}, name), couponTag(status)),
    element("p", {}, element("code", {}, code)),
    element("p", { class: "hint" }, [term({ status, expires_at, used }), gift_id === null ? "" : say("members.gift")].filter(Boolean).join(" · ")),
  ];
}

/**
 * Says until when a coupon can be used, or what ended it; nothing where it was cancelled.
 * @param {Pick<Coupon, "status" | "expires_at" | "used">} coupon
 */
function term({ status, expires_at, used }) {
  if (used !== null) return say("members.coupon-used", { branch: branchName(used.branch), invoice: used.invoice_number, day: moment(used.at) });
  if (status === "cancelled") return "";
  return say(status === "expired" ? "members.coupon-ended" : "members.coupon-by", { day: moment(expires_at) });
}
