// Tiers, the rule by which members have them, and the branches of the programme.

import { element } from "../../core/element.js";
import { money, number } from "../../core/format.js";
import { say } from "../../core/words.js";
import { facts } from "./facts.js";
import { items } from "./items.js";
import { section } from "./section.js";

/** @typedef {import("puntos").components["schemas"]["Tier"]} Tier */
/** @typedef {import("puntos").components["schemas"]["Branch"]} Branch */
/** @typedef {import("../../core/fields.js").Field} Field */

/**
 * @param {import("./draft.js").Draft} draft
 * @param {boolean} canEdit
 */
export function tiers(draft, canEdit) {
  const isSpend = () => draft.program.tier_rule.by === "spend";
  const threshold = (/** @type {number} */ amount) =>
    isSpend()
      ? say("programme.tier.from-spend", { amount: money({ amount, currency: draft.program.currency }) })
      : say("programme.tier.from-points", { n: amount });
  const kind = {
    key: /** @type {const} */ ("tiers"),
    name: say("programme.section.tiers"),
    empty: say("programme.tier.none"),
    add: say("programme.tier.add"),
    edit: say("programme.tier.edit"),
    fields: (/** @type {Tier | null} */ one) =>
      /** @type {Field[]} */ ([
        { name: "name", label: say("programme.name"), value: one?.name, required: true },
        { name: "id", label: say("programme.id"), value: one?.id, required: true, hint: say("programme.id-hint") },
        isSpend()
          ? {
              name: "threshold",
              label: say("programme.tier.spend"),
              kind: "money",
              currency: draft.program.currency,
              value: one?.threshold,
              required: true,
            }
          : {
              name: "threshold",
              label: say("programme.tier.points"),
              kind: "number",
              min: 1,
              value: one?.threshold,
              required: true,
            },
        {
          name: "multiplier",
          label: say("programme.multiplier"),
          value: one?.multiplier ?? "1",
          hint: say("programme.tier.multiplier-hint"),
        },
      ]),
    read: (/** @type {Tier | null} */ one, /** @type {Record<string, any>} */ body) => ({
      ...one,
      ...body,
      multiplier: (body.multiplier ?? "1").replace(",", "."),
    }),
    row: (/** @type {Tier} */ one) => [
      element("p", {}, element("strong", {}, one.name)),
      element(
        "p",
        { class: "quiet" },
        [
          threshold(one.threshold),
          Number(one.multiplier) > 1 && say("programme.promotion.times", { factor: number(Number(one.multiplier)) }),
        ]
          .filter(Boolean)
          .join(" · "),
      ),
    ],
  };
  return section("tiers", ...items(draft, kind, canEdit), facts(draft, "tier-rule", canEdit));
}

/**
 * @param {import("./draft.js").Draft} draft
 * @param {boolean} canEdit
 */
export function branches(draft, canEdit) {
  const kind = {
    key: /** @type {const} */ ("branches"),
    name: say("programme.section.branches"),
    empty: say("programme.branch.none"),
    add: say("programme.branch.add"),
    edit: say("programme.branch.edit"),
    fields: (/** @type {Branch | null} */ one) => [
      { name: "name", label: say("programme.name"), value: one?.name, required: true },
      { name: "id", label: say("programme.id"), value: one?.id, required: true },
    ],
    read: (/** @type {Branch | null} */ one, /** @type {Record<string, any>} */ body) => ({ ...one, ...body }),
    row: (/** @type {Branch} */ one) =>
      element("p", {}, element("strong", {}, one.name), " ", element("span", { class: "quiet" }, one.id)),
  };
  return section("branches", ...items(draft, kind, canEdit));
}
