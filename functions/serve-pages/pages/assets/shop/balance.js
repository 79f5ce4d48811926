// The points: how many, which wait, which expire when, what is missing to a reward, and the tier.

import { element, replace } from "../core/element.js";
import { expiryList } from "../core/expiries.js";
import { lastDay, money, number } from "../core/format.js";
import { say } from "../core/words.js";
import { part } from "./part.js";
import { missingTo, shop, watch } from "./state.js";

/** Makes the part. */
export function balance() {
  const content = element("div", { class: "stack" });
  watch(() => replace(content, figures()));
  return part("balance", say("shop.balance"), content);
}

function figures() {
  const { available, pending, reserved, debt, expiring } = shop.member.balance;
  return [
    element("p", { class: "hero" }, element("span", { class: "big" }, number(available)), ` ${say("shop.points-word", { n: available })}`),
    pending > 0 && element("p", {}, say("shop.pending", { n: pending })),
    reserved > 0 && element("p", {}, say("shop.reserved", { n: reserved })),
    debt > 0 && element("p", { class: "debt" }, say("shop.debt", { n: debt })),
    nextReward(),
    tier(),
    expiries(expiring),
  ];
}

/** What is missing to the cheapest reward that cannot be redeemed yet. */
function nextReward() {
  const next = shop.rewards.find((one) => missingTo(one) > 0 && one.units_left !== 0);
  if (next === undefined) return null;
  const words = say("shop.missing-to", { n: missingTo(next), reward: next.name });
  return element(
    "div",
    { class: "progress" },
    element("p", { id: "next-reward" }, words),
    element("progress", { value: shop.member.balance.available, max: next.points_cost, "aria-labelledby": "next-reward" }),
  );
}

function tier() {
  const held = shop.member.tier;
  if (held === null) return null;
  const name = held.name ?? say("shop.no-tier");
  return element(
    "p",
    { class: "tier" },
    element("span", { class: "tag" }, name),
    held.until && ` ${say("shop.tier-until", { day: lastDay(held.until) })}`,
    held.next && ` ${say("shop.tier-next", { missing: missing(held.next), tier: held.next.name })}`,
  );
}

/** Writes what is missing to a tier. @param {import("puntos").components["schemas"]["NextTier"]} next */
function missing({ missing: amount, by }) {
  const { currency } = shop;
  return by === "spend" && currency !== null ? money({ amount, currency }) : say("shop.points", { n: amount });
}

/** @param {{points: number, at: string}[]} expiring */
function expiries(expiring) {
  if (expiring.length === 0) return null;
  const rows = expiring.map(({ points, at }) => ({ points: say("shop.points", { n: points }), until: say("shop.until", { day: lastDay(at) }) }));
  return element("div", {}, element("h3", {}, say("shop.expiring")), expiryList(say("shop.expiring"), rows));
}
