// The single settings of the programme in groups. A group is shown as facts and edited in one dialog.

import { LANGUAGES, say, sayCode } from "../../core/words.js";

/** @typedef {import("./draft.js").Program} Program */
/** @typedef {import("../../core/fields.js").Field} Field */

/** The groups of the section of settings, in their order; `tier-rule` is shown with the tiers. */
export const GROUPS = /** @type {const} */ ([
  "life",
  "payment",
  "returns",
  "excluded",
  "invitations",
  "promises",
  "limits",
  "place",
]);

/** @typedef {typeof GROUPS[number] | "tier-rule"} Group */

/** Settings that are null where this field of theirs is empty: for ever, not possible, never. */
const OFF_WITHOUT = /** @type {const} */ ({
  expiry: "months",
  payment: "amount_per_point",
  value: "amount_per_point",
  invitations: "after",
  gift_worth: "amount",
});

/**
 * Returns the fields of a group. Their names are paths in the programme.
 * @param {Group} group
 * @param {Program} program
 * @returns {Field[]}
 */
export function fieldsOf(group, program) {
  const { currency } = program;
  const label = (/** @type {string} */ name) => sayCode("programme.setting", name);
  const value = (/** @type {string} */ name) => at(program, name);
  const number = (
    /** @type {string} */ name,
    /** @type {number} */ min,
    /** @type {number} */ max,
    required = true,
    hint = "",
  ) =>
    /** @type {Field} */ ({ name, kind: "number", label: label(name), value: value(name), min, max, required, hint });
  const amount = (/** @type {string} */ name, required = true, hint = "") =>
    /** @type {Field} */ ({ name, kind: "money", currency, label: label(name), value: value(name), required, hint });
  const toggle = (/** @type {string} */ name) =>
    /** @type {Field} */ ({ name, kind: "switch", label: label(name), value: value(name) });
  const lines = (/** @type {string} */ name) =>
    /** @type {Field} */ ({
      name,
      kind: "lines",
      label: label(name),
      value: value(name),
      hint: say("programme.lines"),
    });
  const text = (/** @type {string} */ name, hint = "") =>
    /** @type {Field} */ ({ name, label: label(name), value: value(name), required: true, hint });
  const choice = (
    /** @type {string} */ name,
    /** @type {string[]} */ values,
    /** @type {"choice" | "several"} */ kind = "choice",
  ) =>
    /** @type {Field} */ ({
      name,
      kind,
      label: label(name),
      value: value(name),
      choices: values.map((one) => ({ value: one, text: sayCode(`programme.setting.${name}`, one) })),
    });
  const off = say("programme.empty-off");
  const never = say("programme.empty-never");
  switch (group) {
    case "tier-rule":
      return [
        choice("tier_rule.by", ["points", "spend"]),
        number("tier_rule.window_months", 1, 24),
        choice("tier_rule.down", ["one_step", "to_rule"]),
      ];
    case "life":
      return [
        number("expiry.months", 1, 240, false, never),
        choice("expiry.align", ["day", "month_end"]),
        number("pending_days", 0, 365),
        number("expiry_warning_days", 1, 365, false, never),
        number("reversal_grace_days", 0, 365),
        number("claim_days", 1, 3650),
      ];
    case "payment":
      return [
        amount("payment.amount_per_point", false, off),
        number("payment.basket_percent_max", 1, 100, false),
        number("payment.reservation_minutes", 1, 1440, false),
      ];
    case "returns":
      return [
        choice("returns.negative", ["debt", "within_balance"]),
        amount("value.amount_per_point", false, off),
        number("value.expected_redemption_percent", 0, 100, false),
        toggle("rerate_mails"),
      ];
    case "excluded":
      return [lines("excluded.categories"), lines("excluded.skus")];
    case "invitations":
      return [
        choice("invitations.after", ["purchase", "order"], "several"),
        number("invitations.wait_minutes", 0, 10080, false),
        number("lowest_score", 0, 6),
      ];
    case "promises":
      return [
        number("claims.promise_days", 1, 365),
        number("claims.follow_up_days", 1, 365),
        number("claims.tell_every_days", 1, 365),
        number("claims.money_without_order_minutes", 1, 10080),
        number("care.reconnect_months", 1, 60),
        toggle("care.purchases_start_cycles"),
      ];
    case "limits":
      return [
        number("agent_limits.points_per_call", 0, 1e9),
        number("agent_limits.points_per_day", 0, 1e9),
        amount("agent_limits.worth_per_call"),
        amount("agent_limits.worth_per_day"),
        amount("gift_worth.amount", false),
        number("gift_valid_days", 1, 3650),
      ];
    case "place":
      return [
        text("time_zone", say("programme.no.time_zone")),
        text("currency", say("programme.currency-hint")),
        languageField(label("locale"), program.locale),
      ];
  }
}

/**
 * @param {string} label
 * @param {string} value one that the pages do not know stays among the choices
 * @returns {Field}
 */
function languageField(label, value) {
  const known = Object.entries(LANGUAGES).map(([code, text]) => ({ value: code, text }));
  const choices = value in LANGUAGES ? known : [{ value, text: value }, ...known];
  return { name: "locale", kind: "choice", label, value, choices };
}

/**
 * Returns what a group's dialog changes of the programme. What is not in the dialog stays.
 * @param {Field[]} fields
 * @param {Program} program
 * @param {Record<string, any>} body
 * @returns {Partial<Program>}
 */
export function changesOf(fields, program, body) {
  const now = /** @type {Record<string, any>} */ (program);
  /** @type {Record<string, any>} */
  const changes = {};
  for (const { name } of fields) {
    const [key, part] = name.split(".");
    if (part === undefined) changes[key] = body[key] ?? null;
    else changes[key] = { ...(changes[key] ?? now[key]), [part]: body[key]?.[part] ?? null };
  }
  for (const [key, part] of Object.entries(OFF_WITHOUT)) {
    const value = changes[key]?.[part];
    if (changes[key] && (value === null || value?.length === 0)) changes[key] = null;
  }
  if (changes.gift_worth) changes.gift_worth.currency = program.currency;
  return changes;
}

/**
 * Returns the value at a path, null where there is none.
 * @param {Record<string, any>} object
 * @param {string} path
 */
function at(object, path) {
  return path.split(".").reduce((/** @type {any} */ value, part) => value?.[part] ?? null, object);
}
