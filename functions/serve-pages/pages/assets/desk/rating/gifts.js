// The gifts for a rating: those that were given, and the dialog that gives one.

import { change, get, Problem } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { lastDay, money, number } from "../../core/format.js";
import { plainList } from "../../core/list.js";
import { announce } from "../../core/notice.js";
import { say, sayCode } from "../../core/words.js";
import { programme } from "../member/programme.js";
import { mailed } from "./thread.js";

/** @typedef {import("puntos").components["schemas"]["GiftAnswer"]} Gift */
/** @typedef {import("puntos").components["schemas"]["RewardAnswer"]} Reward */

const PAGES_MAX = 5;
const VALID_DAYS = 30;
const TONES = { offered: "", redeemed: "good", expired: "bad" };

/**
 * Makes the list of the gifts of a rating.
 * @param {Gift[]} given
 */
export function gifts(given) {
  return plainList(say("ratings.gifts"), given.map(entry), say("ratings.no-gifts"));
}

/**
 * Asks for a gift and gives it. Returns whether one was given.
 * @param {string} id of the rating
 */
export async function attach(id) {
  const [program, rewards] = await Promise.all([programme(), offered()]);
  const { currency } = program;
  const kinds = ["points", "product", "percent", "amount"].map((value) => ({ value, text: sayCode("ratings.gift", value) }));
  const answer = await ask({
    title: say("ratings.attach-gift"),
    intro: say("ratings.gift-intro"),
    fields: [
      { name: "gift.kind", label: say("ratings.gift"), kind: "choice", choices: rewards.length === 0 ? kinds : [{ value: "reward", text: say("ratings.gift.reward") }, ...kinds] },
      { name: "gift.reward_id", label: say("ratings.reward"), kind: "choice", choices: rewards.map((one) => ({ value: one.reward_id, text: one.name })), when: { name: "gift.kind", values: ["reward"] } },
      { name: "gift.points", label: say("ratings.points"), kind: "number", min: 1, required: true, when: { name: "gift.kind", values: ["points"] } },
      { name: "gift.name", label: say("ratings.gift-name"), longest: 120, required: true, when: { name: "gift.kind", values: ["product", "percent", "amount"] } },
      { name: "gift.discount.percent", label: say("ratings.percent"), kind: "number", min: 1, max: 100, required: true, when: { name: "gift.kind", values: ["percent"] } },
      { name: "gift.discount.amount", label: say("ratings.amount", { currency }), kind: "money", currency, required: true, when: { name: "gift.kind", values: ["amount"] } },
      { name: "gift.valid_days", label: say("ratings.valid-days"), kind: "number", value: Math.min(VALID_DAYS, program.gift_valid_days), min: 1, max: program.gift_valid_days, required: true, when: { name: "gift.kind", values: ["product", "percent", "amount"] } },
      { name: "gift.worth", label: say("ratings.worth", { currency }), kind: "money", currency, hint: say("ratings.worth-hint"), when: { name: "gift.kind", values: ["product", "percent"] } },
    ],
    send: ({ gift }, key) => give(id, choice(gift, currency), key),
  });
  if (answer !== undefined) announce(say("ratings.given", { name: name(answer) }));
  return answer !== undefined;
}

/**
 * @param {string} id
 * @param {Record<string, any>} gift
 * @param {string} key
 * @returns {Promise<Gift>}
 */
async function give(id, gift, key) {
  try {
    return await change("POST", `/v1/ratings/${id}/gifts`, { gift }, { key });
  } catch (error) {
    // Who opens this dialog may give gifts: the limits of agents are what is left to be forbidden.
    if (error instanceof Problem && error.code === "forbidden") throw new Error(say("ratings.above-limits"));
    throw error;
  }
}

/**
 * Makes the body of a gift of what was written.
 * @param {Record<string, any>} written
 * @param {string} currency
 */
function choice({ kind, reward_id, discount, worth, ...rest }, currency) {
  if (kind === "reward") return { reward_id };
  if (kind === "points") return { kind, points: rest.points };
  const valued = worth === undefined ? {} : { worth: { amount: worth, currency } };
  if (kind === "product") return { kind, ...rest, ...valued };
  const less = kind === "percent" ? discount : { amount: { amount: discount.amount, currency } };
  return { kind: "discount", discount: less, ...rest, ...valued };
}

/** Returns the rewards that can be given now. */
async function offered() {
  /** @type {Reward[]} */
  const found = [];
  let cursor = null;
  for (let pages = 0; pages === 0 || (cursor !== null && pages < PAGES_MAX); pages += 1) {
    const page = await get("/v1/rewards", { limit: 100, cursor });
    found.push(...page.data);
    cursor = page.next_cursor;
  }
  return found.filter((one) => one.active && one.units_left !== 0);
}

/**
 * @param {Gift} gift
 */
function entry(gift) {
  const { coupon } = gift;
  const until = coupon && gift.status === "offered" ? say("ratings.until", { day: lastDay(coupon.expires_at) }) : null;
  const facts = [coupon?.code, discount(gift), until, mailed(gift.email_status)].filter(Boolean);
  return element(
    "div",
    {},
    element("div", { class: "row" }, element("strong", {}, name(gift)), element("span", { class: `tag ${TONES[gift.status]}` }, sayCode("ratings.gift-status", gift.status))),
    facts.length > 0 && element("p", { class: "hint" }, facts.join(" · ")),
  );
}

/** @param {Gift} gift */
function name(gift) {
  return gift.kind === "points" && gift.points !== null ? say("ratings.n-points", { n: gift.points }) : gift.name;
}

/** @param {Gift} gift */
function discount({ discount }) {
  if (discount === null || discount === undefined) return null;
  return "percent" in discount ? say("ratings.less", { off: `${number(discount.percent)} %` }) : say("ratings.less", { off: money(discount.amount) });
}
