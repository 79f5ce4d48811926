// The coupons of redemptions and gifts, with their codes.

import { get } from "../core/api.js";
import { pagedList } from "../core/list.js";
import { say } from "../core/words.js";
import { element } from "../core/element.js";
import { part } from "./part.js";

/** @typedef {import("./coupon.js").Coupon} Coupon */

const PAGE = 10;

/** Makes the part. A coupon that was added is shown even while the list of the API lacks it. */
export function coupons() {
  /** @type {Coupon[]} */
  const added = [];
  /** Makes the code to scan, by a script of its own. @type {typeof import("./coupon.js").couponCard | null} */
  let card = null;
  const list = pagedList({
    name: say("shop.coupons"),
    empty: say("shop.no-coupons"),
    rows: "rows coupons",
    page: async (cursor) => {
      const answer = await get("/v1/coupons", { limit: PAGE, cursor });
      if (added.length + answer.data.length > 0) ({ couponCard: card } = await import("./coupon.js"));
      const isHere = (/** @type {Coupon} */ one) => answer.data.some((/** @type {Coupon} */ other) => other.code === one.code);
      return cursor === null ? { ...answer, data: [...added.filter((one) => !isHere(one)), ...answer.data] } : answer;
    },
    row: (coupon) => element("div", { class: "row coupon" }, card?.(coupon) ?? null),
  });
  list.load();
  return {
    node: part("coupons", say("shop.coupons"), list.node),
    load: list.load,
    add: (/** @type {Coupon} */ coupon) => added.unshift(coupon),
  };
}
