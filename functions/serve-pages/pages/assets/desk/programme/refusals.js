// The words of what the API refuses of a programme: its details are for programmers.

import { Problem } from "../../core/api.js";
import { told } from "../../core/refusals.js";
import { hasCode, say, sayCode } from "../../core/words.js";

/** @typedef {import("../../core/api.js").FieldError} FieldError */

/** Words for what a detail says, in the order in which they are tried. */
const DETAILS = /** @type {[RegExp, string][]} */ ([
  [/earns less/, "earns-less"],
  [/the window ends before/, "over"],
  [/goods are excluded/, "goods"],
  [/same id/, "same-id"],
  [/must be given/, "missing"],
  [/no such version/, "version"],
  [/must be after from/, "to"],
]);

/** Words for several fields: the name of a field without its row, and its text. */
const SHARED = /** @type {Record<string, string>} */ ({
  reward_id: "id",
  "promotions.id": "id",
  "tiers.id": "id",
  "earning.brackets.points_per_step": "number",
  "promotions.points_max": "count",
  "promotions.effect.bonus_points": "count",
  "promotions.effect.multiplier": "multiplier",
  "tiers.multiplier": "multiplier",
});

/**
 * Returns a refusal in the reader's words.
 * @param {FieldError} error
 */
export function inWords({ field, code, detail }) {
  if (code === "unknown_field") return say("programme.no.unknown");
  const bounds = /from (\d+) to (\d+)/.exec(detail);
  const most = /at most (\d+) (?:entries|promotions|tiers|branches|brackets)/.exec(detail);
  const name = field.replace(/\[\d+\]/g, "");
  const key = DETAILS.find(([pattern]) => pattern.test(detail))?.[1] ?? SHARED[name] ?? name;
  if (hasCode("programme.no", key)) return sayCode("programme.no", key);
  if (most) return say("programme.no.most", { n: Number(most[1]) });
  if (/minor units/.test(detail)) return say("programme.no.amount");
  if (bounds) return say("programme.no.bounds", { least: Number(bounds[1]), most: Number(bounds[2]) });
  if (/\.name$/.test(field)) return say("programme.no.name");
  return detail;
}

/**
 * Returns a problem with its refusals in the reader's words, and with the names of a part's own fields.
 * @param {FieldError[]} errors
 * @param {string} [place] the part, such as `promotions[0]`
 */
export function problemAt(errors, place) {
  const start = place === undefined ? 0 : place.length + 1;
  return told(errors.map((error) => ({ ...error, field: error.field.slice(start), detail: inWords(error) })));
}

/**
 * Waits for a call, and throws what it refuses in the reader's words.
 * @template Answer
 * @param {Promise<Answer>} call
 * @param {(field: string) => string} [shownAt] the field of the dialog at which a refusal is shown
 */
export async function worded(call, shownAt = (field) => field) {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Problem) || error.errors.length === 0) throw error;
    throw told(error.errors.map((one) => ({ ...one, field: shownAt(one.field), detail: inWords(one) })));
  }
}

/**
 * Returns the words of the place of a refusal: its section and its row.
 * @param {FieldError} error
 */
export function placeOf({ field }) {
  const key = field.split(/[.[]/)[0];
  const row = /^[^[]*?(?:\.brackets)?\[(\d+)\]/.exec(field);
  const section = sayCode("programme.section", sectionOf(key));
  if (hasCode("programme.setting", field)) return `${section}, ${sayCode("programme.setting", field)}`;
  return row ? say("programme.place", { section, n: Number(row[1]) + 1 }) : section;
}

/**
 * Returns the section of the page that shows a field of the programme.
 * @param {string} key
 */
export function sectionOf(key) {
  if (["earning", "promotions", "branches"].includes(key)) return key;
  if (key === "effective_from") return "begin";
  return ["tiers", "tier_rule"].includes(key) ? "tiers" : "settings";
}
