// One coupon: its code, also as a code to scan, and until when it can be used.

import { element, svg } from "../core/element.js";
import { moment } from "../core/format.js";
import { openDialog } from "../core/notice.js";
import { modules } from "../core/qr.js";
import { say, sayCode } from "../core/words.js";
import { branchName } from "./state.js";

/** @typedef {import("puntos").components["schemas"]["CouponStatus"]} CouponStatus */

/**
 * @typedef {{
 *   code: string,
 *   name: string,
 *   status: CouponStatus,
 *   expires_at: string,
 *   used: {branch: string, at: string} | null,
 * }} Coupon
 */

/** A scanner needs this many light modules around a code. */
const QUIET = 4;

/**
 * Draws a code to scan. It is dark on white in every colour scheme, because scanners want it so.
 * @param {string} code
 */
export function scannable(code) {
  const rows = modules(code);
  const width = rows.length + 2 * QUIET;
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")));
  return svg(
    "svg",
    { class: "scan", viewBox: `0 0 ${width} ${width}`, role: "img", "aria-label": say("shop.scan", { code }), "shape-rendering": "crispEdges" },
    svg("rect", { width, height: width, fill: "#fff" }),
    svg("path", { d: path.join(""), fill: "#000" }),
  );
}

/**
 * Makes the content of a coupon. Only one that can be used has a code to scan.
 * @param {Coupon} coupon
 */
export function couponCard(coupon) {
  const isGood = coupon.status === "issued";
  return [
    element(
      "div",
      { class: "grow" },
      element("h3", {}, coupon.name),
      element("p", { class: "code" }, coupon.code),
      element("p", { class: "row" }, element("span", { class: isGood ? "tag good" : "tag" }, sayCode("shop.coupon", coupon.status)), element("span", { class: "quiet" }, term(coupon))),
    ),
    isGood && scannable(coupon.code),
  ];
}

/**
 * Shows a new coupon at once, big. Returns when it is closed.
 * @param {Coupon} coupon
 * @returns {Promise<void>}
 */
export function showCoupon(coupon) {
  const title = element("h2", { id: "new-coupon", tabindex: -1 }, coupon.name);
  const dialog = element(
    "dialog",
    { class: "coupon", "aria-labelledby": title.id },
    title,
    element("p", {}, say("shop.redeemed")),
    scannable(coupon.code),
    element("p", { class: "code" }, coupon.code),
    element("p", { class: "quiet" }, term(coupon)),
    element("div", { class: "actions" }, element("button", { type: "button", class: "primary", click: () => dialog.close() }, say("close"))),
  );
  openDialog(dialog);
  title.focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve()));
}

/** @param {Coupon} coupon */
function term({ status, used, expires_at }) {
  if (used !== null) return say("shop.used-at", { when: moment(used.at), branch: branchName(used.branch) });
  return status === "issued" || status === "expired" ? say("shop.until", { day: moment(expires_at) }) : "";
}
