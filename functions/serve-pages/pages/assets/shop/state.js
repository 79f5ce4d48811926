// What the whole page shows: the member, the rewards, and the branches by name, with their clocks and currency.

import { get } from "../core/api.js";
import { useZone } from "../core/zone.js";

/** @typedef {import("puntos").components["schemas"]} Schemas */
/** @typedef {Schemas["MemberAnswer"]} Member */
/** @typedef {Schemas["RewardAnswer"]} Reward */

/** A catalogue has no more pages than this. */
const PAGES_MAX = 10;

/** What is known. `reload` fills it before anything is shown. */
export const shop = {
  /** @type {Member} */
  member: /** @type {any} */ (null),
  /** @type {Reward[]} those that can be redeemed, the cheapest first */
  rewards: [],
  /** @type {Schemas["Branch"][]} */
  branches: [],
  /** @type {string | null} that of receipts */
  currency: null,
};

/** @type {(() => void)[]} */
const watchers = [];

/** Calls back now and after each reload. @param {() => void} shown */
export function watch(shown) {
  watchers.push(shown);
  shown();
}

/** Reads everything again, and shows it. */
export async function reload() {
  const [member, rewards, branches] = await Promise.all([get("/v1/members/me"), catalogue(), get("/v1/branches")]);
  shop.member = member;
  shop.rewards = rewards.filter((one) => one.active && one.kind !== "points").sort((a, b) => a.points_cost - b.points_cost);
  shop.branches = branches.data;
  shop.currency = branches.currency;
  useZone(branches.time_zone);
  watchers.forEach((shown) => shown());
}

/** Shows a changed member. @param {Member} member */
export function changed(member) {
  shop.member = member;
  watchers.forEach((shown) => shown());
}

/** Returns how many points are missing to a reward; a debt is paid first. @param {Reward} reward */
export function missingTo({ points_cost }) {
  const { available, debt } = shop.member.balance;
  return points_cost - available + debt;
}

/** Returns the name of a branch. Ids compare without case. @param {string} id */
export function branchName(id) {
  return shop.branches.find((one) => one.id.toLowerCase() === id.toLowerCase())?.name ?? id;
}

/**
 * Makes the field that names a branch: a choice where the branches are known.
 * @param {string} name
 * @param {string} label
 * @param {boolean} [required]
 * @returns {import("../core/fields.js").Field}
 */
export function branchField(name, label, required = false) {
  if (shop.branches.length === 0) return { name, label, required, longest: 64 };
  const branches = shop.branches.map(({ id, name: text }) => ({ value: id, text }));
  return { name, label, required, kind: "choice", choices: [{ value: "", text: "–" }, ...branches] };
}

/**
 * Reads all pages of the catalogue.
 * @returns {Promise<Reward[]>}
 */
async function catalogue() {
  const found = [];
  let cursor = null;
  for (let page = 0; page < PAGES_MAX && (page === 0 || cursor !== null); page += 1) {
    /** @type {{data: Reward[], next_cursor: string | null}} */
    const answer = await get("/v1/rewards", { limit: 100, cursor });
    found.push(...answer.data);
    cursor = answer.next_cursor;
  }
  return found;
}
