// The rewards: a list for everyone, and the dialog that adds or edits one.

import { change, get } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { money, number } from "../../core/format.js";
import { pagedList } from "../../core/list.js";
import { announce } from "../../core/notice.js";
import { say, sayCode } from "../../core/words.js";
import { worded } from "./refusals.js";
import { rewardPreview } from "./reward-preview.js";
import { button, section } from "./section.js";

/** @typedef {import("puntos").components["schemas"]["RewardAnswer"]} Reward */

/**
 * @param {import("./draft.js").Draft} draft
 * @param {boolean} canEdit
 */
export function rewards(draft, canEdit) {
  const list = pagedList({
    name: say("programme.section.rewards"),
    page: (cursor) => get("/v1/rewards", { limit: 50, cursor }),
    row,
    empty: say("programme.reward.none"),
  });

  /** @param {Reward} one */
  function row(one) {
    return element(
      "div",
      { class: "row" },
      element(
        "div",
        { class: "grow" },
        element(
          "p",
          { class: "row" },
          element("strong", {}, one.name),
          element("span", { class: "tag" }, sayCode("programme.reward.kind", one.kind)),
          one.active ? null : element("span", { class: "tag warn" }, say("programme.reward.inactive")),
          one.units_left === 0 ? element("span", { class: "tag bad" }, say("programme.reward.out")) : null,
        ),
        element("p", { class: "quiet" }, conditions(one).join(" · ")),
      ),
      element("p", { class: "programme-cost" }, say("programme.reward.cost", { n: one.points_cost })),
      canEdit && button(say("programme.edit"), () => edit(one), { about: one.name }),
    );
  }

  /** @param {Reward | null} one `null` adds a reward */
  async function edit(one) {
    const title = one === null ? say("programme.reward.add") : say("programme.reward.edit");
    const done = await ask({
      title,
      fields: fields(one, draft.newest.currency),
      button: say("save"),
      preview: (written) => rewardPreview(one, written),
      send: (body) => write(one, body, draft.newest.currency),
    });
    if (done === undefined) return;
    await list.load();
    announce(say("programme.reward.done", { name: done.name }));
    const again = [...list.list.querySelectorAll("button")].find((other) =>
      other.getAttribute("aria-label")?.endsWith(`: ${done.name}`),
    );
    again?.focus();
  }

  list.load();
  const foot = canEdit
    ? element(
        "div",
        { class: "actions" },
        button(say("programme.reward.add"), () => edit(null)),
      )
    : null;
  return section("rewards", list.node, foot);
}

/** @param {Reward} one */
function conditions(one) {
  const discount = one.discount;
  return [
    discount &&
      ("percent" in discount
        ? say("programme.reward.percent-off", { percent: discount.percent })
        : say("programme.reward.amount-off", { amount: money(discount.amount) })),
    one.points !== null && say("programme.promotion.bonus", { n: one.points }),
    say("programme.reward.valid", { n: one.valid_days }),
    one.stock !== null && say("programme.reward.left", { left: number(one.units_left ?? 0), stock: number(one.stock) }),
    one.per_member_limit !== null && say("programme.reward.limit", { n: one.per_member_limit }),
  ].filter((text) => typeof text === "string");
}

/**
 * @param {Reward | null} one
 * @param {string} currency
 * @returns {import("../../core/fields.js").Field[]}
 */
function fields(one, currency) {
  const discount = /** @type {{percent?: number, amount?: {amount: number}}} */ (one?.discount ?? {});
  const label = (/** @type {string} */ name) => sayCode("programme.reward.field", name);
  return [
    { name: "name", label: say("programme.name"), value: one?.name, required: true },
    ...(one === null
      ? [{ name: "reward_id", label: say("programme.id"), required: true, hint: say("programme.id-hint") }]
      : []),
    {
      name: "kind",
      kind: "choice",
      label: label("kind"),
      value: one?.kind ?? "product",
      choices: ["product", "gift", "discount", "points"].map((value) => ({
        value,
        text: sayCode("programme.reward.kind", value),
      })),
    },
    {
      name: "points_cost",
      kind: "number",
      label: label("points_cost"),
      value: one?.points_cost,
      min: 0,
      required: true,
    },
    {
      name: "points",
      kind: "number",
      label: label("points"),
      value: one?.points,
      min: 1,
      when: { name: "kind", values: ["points"] },
    },
    {
      name: "discount.percent",
      kind: "number",
      label: label("percent"),
      value: discount.percent,
      min: 1,
      max: 100,
      hint: label("either"),
      when: { name: "kind", values: ["discount"] },
    },
    {
      name: "discount.amount",
      kind: "money",
      currency,
      label: label("amount"),
      value: discount.amount?.amount,
      when: { name: "kind", values: ["discount"] },
    },
    {
      name: "valid_days",
      kind: "number",
      label: label("valid_days"),
      value: one?.valid_days ?? 30,
      min: 1,
      max: 3650,
      required: true,
    },
    {
      name: "stock",
      kind: "number",
      label: label("stock"),
      value: one?.stock,
      min: 0,
      hint: say("programme.empty-unlimited"),
    },
    {
      name: "per_member_limit",
      kind: "number",
      label: label("per_member_limit"),
      value: one?.per_member_limit,
      min: 1,
      hint: say("programme.empty-unlimited"),
    },
    {
      name: "worth",
      kind: "money",
      currency,
      label: label("worth"),
      value: one?.worth?.amount,
      hint: label("worth-hint"),
    },
    { name: "active", kind: "switch", label: label("active"), value: one?.active ?? true },
  ];
}

/**
 * Writes the reward. The version that it was edited from goes with it: what another edit changed is refused.
 * @param {Reward | null} one
 * @param {Record<string, any>} body
 * @param {string} currency
 * @returns {Promise<Reward>}
 */
function write(one, { reward_id: chosen, discount, worth, ...body }, currency) {
  const id = one?.reward_id ?? chosen;
  const money = (/** @type {number | undefined} */ amount) => (amount === undefined ? null : { amount, currency });
  const off = discount && { percent: discount.percent ?? null, amount: money(discount.amount) };
  const empty = { points: null, stock: null, per_member_limit: null };
  const reward = { ...one, ...empty, ...body, version: one?.version ?? 0, discount: off ?? null, worth: money(worth) };
  return worded(change("PUT", `/v1/rewards/${encodeURIComponent(id)}`, reward), (field) =>
    field === "discount" ? "discount.percent" : field,
  );
}
