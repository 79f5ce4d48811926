// Promotions: what each gives, when and to whom, in words, and the dialog that adds or edits one.

import { element } from "../../core/element.js";
import { money, number } from "../../core/format.js";
import { refusal } from "../../core/refusals.js";
import { say, sayCode } from "../../core/words.js";
import { instantOf, localOf, momentIn } from "../../core/zone.js";
import { items } from "./items.js";
import { button, section } from "./section.js";

/** @typedef {import("puntos").components["schemas"]["Promotion"]} Promotion */

const WEEKDAYS = /** @type {const} */ (["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);

/**
 * @param {import("./draft.js").Draft} draft
 * @param {boolean} canEdit
 */
export function promotions(draft, canEdit) {
  const ended = element("div", { class: "programme-ended" });
  const showEnded = () => {
    const count = draft.program.promotions.filter(isOver).length;
    ended.hidden = count === 0 || !canEdit;
    ended.replaceChildren(
      element("p", {}, say("programme.promotion.ended-stay", { n: count })),
      button(say("programme.promotion.remove-ended"), () =>
        draft.set({ promotions: draft.program.promotions.filter((one) => !isOver(one)) }),
      ),
    );
  };
  draft.listeners.add(showEnded);
  showEnded();
  const kind = {
    key: /** @type {const} */ ("promotions"),
    name: say("programme.section.promotions"),
    empty: say("programme.promotion.none"),
    add: say("programme.promotion.add"),
    edit: say("programme.promotion.edit"),
    fields: (/** @type {Promotion | null} */ one) => fields(draft, one),
    read: (/** @type {Promotion | null} */ one, /** @type {Record<string, any>} */ body, /** @type {number} */ index) =>
      read(draft, one, body, index),
    row: (/** @type {Promotion} */ one) => row(draft, one),
  };
  return section("promotions", ended, ...items(draft, kind, canEdit));
}

/** @param {Promotion} one */
function isOver(one) {
  return one.until !== null && Date.parse(one.until) <= Date.now();
}

/**
 * @param {import("./draft.js").Draft} draft
 * @param {Promotion} one
 */
function row({ program }, one) {
  const isLater = one.from !== null && Date.parse(one.from) > Date.now();
  const state = isOver(one) ? "ended" : isLater ? "later" : "now";
  const tone = { ended: "tag", later: "tag warn", now: "tag good" }[state];
  return [
    element(
      "p",
      { class: "row" },
      element("strong", {}, one.name),
      element("span", { class: tone }, sayCode("programme.promotion.state", state)),
    ),
    element("p", {}, given(one), " · ", when(one, program.time_zone)),
    element("p", { class: "quiet" }, conditions(one, program).join(" · ") || say("programme.promotion.any")),
  ];
}

/** What it gives. @param {Promotion} one */
function given({ effect }) {
  if ("multiplier" in effect) return say("programme.promotion.times", { factor: number(Number(effect.multiplier)) });
  return say("programme.promotion.bonus", { n: effect.bonus_points });
}

/**
 * @param {Promotion} one
 * @param {string} zone
 */
function when({ from, until }, zone) {
  const [first, last] = [from && momentIn(from, zone), until && momentIn(until, zone)];
  if (first && last) return say("programme.promotion.between", { from: first, until: last });
  if (first) return say("programme.promotion.since", { from: first });
  return last ? say("programme.promotion.until-only", { until: last }) : say("programme.promotion.always");
}

/**
 * @param {Promotion} one
 * @param {import("./draft.js").Program} program
 */
function conditions(one, { tiers, branches, currency }) {
  /** @type {(found: {id: string, name: string}[]) => (id: string) => string} */
  const named = (found) => (id) => found.find((other) => other.id === id)?.name ?? id;
  const lists = /** @type {[Parameters<typeof say>[0], string[]][]} */ ([
    ["programme.promotion.branches", one.branches.map(named(branches))],
    ["programme.promotion.tiers", one.tiers.map(named(tiers))],
    ["programme.promotion.categories", one.categories],
    ["programme.promotion.skus", one.skus],
    ["programme.promotion.weekdays", one.weekdays.map((day) => sayCode("programme.day", day))],
  ]);
  const told = lists.filter(([, list]) => list.length > 0).map(([key, list]) => `${say(key)}: ${list.join(", ")}`);
  if (one.lowest_total !== null)
    told.push(say("programme.promotion.from-total", { total: money({ amount: one.lowest_total, currency }) }));
  if (one.once !== null) told.push(sayCode("programme.promotion.once", one.once));
  if (one.points_max !== null) told.push(say("programme.promotion.at-most", { n: one.points_max }));
  return told;
}

/**
 * @param {import("./draft.js").Draft} draft
 * @param {Promotion | null} one
 * @returns {import("../../core/fields.js").Field[]}
 */
function fields({ program }, one) {
  const { currency, time_zone: zone, branches, tiers } = program;
  const effect = /** @type {{multiplier?: string, bonus_points?: number}} */ (one?.effect ?? { multiplier: "2" });
  const choices = (/** @type {{id: string, name: string}[]} */ list) =>
    list.map(({ id, name }) => ({ value: id, text: name }));
  const any = say("programme.promotion.empty-any");
  const clocks = say("programme.zone", { zone });
  return [
    { name: "name", label: say("programme.name"), value: one?.name, required: true },
    { name: "id", label: say("programme.id"), value: one?.id, required: true, hint: say("programme.id-hint") },
    {
      name: "gives",
      label: say("programme.promotion.gives"),
      kind: "choice",
      value: effect.multiplier === undefined ? "bonus" : "multiplier",
      choices: [
        { value: "multiplier", text: say("programme.promotion.multiplier") },
        { value: "bonus", text: say("programme.promotion.bonus-points") },
      ],
    },
    {
      name: "effect.multiplier",
      label: say("programme.multiplier"),
      value: effect.multiplier,
      hint: say("programme.no.multiplier"),
      when: { name: "gives", values: ["multiplier"] },
    },
    {
      name: "effect.bonus_points",
      label: say("programme.points"),
      kind: "number",
      min: 1,
      value: effect.bonus_points,
      when: { name: "gives", values: ["bonus"] },
    },
    { name: "from", label: say("programme.from"), kind: "moment", zone, value: one?.from, hint: clocks },
    { name: "until", label: say("programme.until"), kind: "moment", zone, value: one?.until, hint: clocks },
    {
      name: "weekdays",
      label: say("programme.promotion.weekdays"),
      kind: "several",
      value: one?.weekdays,
      choices: WEEKDAYS.map((day) => ({ value: day, text: sayCode("programme.day", day) })),
      hint: any,
    },
    branches.length > 0
      ? {
          name: "branches",
          label: say("programme.promotion.branches"),
          kind: "several",
          value: one?.branches,
          choices: choices(branches),
          hint: any,
        }
      : {
          name: "branches",
          label: say("programme.promotion.branches"),
          kind: "lines",
          value: one?.branches,
          hint: say("programme.lines-any"),
        },
    ...(tiers.length > 0
      ? [
          /** @type {import("../../core/fields.js").Field} */ ({
            name: "tiers",
            label: say("programme.promotion.tiers"),
            kind: "several",
            value: one?.tiers,
            choices: choices(tiers),
            hint: any,
          }),
        ]
      : []),
    {
      name: "categories",
      label: say("programme.promotion.categories"),
      kind: "lines",
      value: one?.categories,
      hint: say("programme.lines-any"),
    },
    {
      name: "skus",
      label: say("programme.promotion.skus"),
      kind: "lines",
      value: one?.skus,
      hint: say("programme.lines-any"),
    },
    {
      name: "lowest_total",
      label: say("programme.promotion.lowest-total"),
      kind: "money",
      currency,
      value: one?.lowest_total,
    },
    {
      name: "once",
      label: say("programme.promotion.how-often"),
      kind: "choice",
      value: one?.once ?? "",
      choices: ["", "member", "day"].map((value) => ({
        value,
        text: sayCode("programme.promotion.once", value || "always"),
      })),
    },
    {
      name: "points_max",
      label: say("programme.promotion.points-max"),
      kind: "number",
      min: 1,
      value: one?.points_max,
    },
  ];
}

/**
 * @param {import("./draft.js").Draft} draft
 * @param {Promotion | null} one
 * @param {Record<string, any>} body
 * @param {number} index
 */
function read({ program }, one, { gives, ...body }, index) {
  const zone = program.time_zone;
  if (program.promotions.some((other, i) => i !== index && other.id === body.id))
    throw refusal("id", say("programme.no.same-id"));
  if (gives === "multiplier" && !body.effect?.multiplier) throw refusal("effect.multiplier", say("field.missing"));
  if (gives === "bonus" && !body.effect?.bonus_points) throw refusal("effect.bonus_points", say("field.missing"));
  if (body.effect.multiplier) body.effect.multiplier = body.effect.multiplier.replace(",", ".");
  const kept = (/** @type {"from" | "until"} */ name) => unless(one?.[name] ?? null, body[name] ?? null, zone);
  const [from, until] = [kept("from"), kept("until")];
  if (from !== null && until !== null && Date.parse(until) <= Date.parse(from))
    throw refusal("until", say("programme.no.promotions.until"));
  return { tiers: one?.tiers ?? [], ...one, lowest_total: null, once: null, points_max: null, ...body, from, until };
}

/**
 * The instant of before, to the second, where the minute was not changed.
 * @param {string | null} before
 * @param {string | null} now
 * @param {string} zone
 */
function unless(before, now, zone) {
  return before !== null && now !== null && instantOf(localOf(before, zone), zone) === now ? before : now;
}
