// Words for what is refused at a field: by the browser before a call, and by the API, whose details are in English.

import { Problem } from "./api.js";
import { day } from "./format.js";
import { hasCode, language, say, sayCode } from "./words.js";

/** Texts for what a detail of the API says, in the order in which they are tried. */
const DETAILS = /** @type {[RegExp, "between" | "too-long" | "missing" | "future" | "control" | "not-an-email"][]} */ ([
  [/from (-?\d+) to (\d+)/, "between"],
  [/at most ()(\d+) characters/, "too-long"],
  [/not be empty|must be given/, "missing"],
  [/24 hours ahead/, "future"],
  [/control characters/, "control"],
  [/@/, "not-an-email"],
]);

/** The code of a refusal that has its words already. */
const TOLD = "told";

/**
 * Makes a refusal of the page itself.
 * @param {string} field
 * @param {string} words
 */
export function refusal(field, words) {
  return told([{ field, code: TOLD, detail: words }]);
}

/**
 * Makes a problem of refusals whose details are words for the reader.
 * @param {import("./api.js").FieldError[]} errors
 */
export function told(errors) {
  return new Problem(422, "invalid_field", errors[0]?.detail ?? "", { errors: errors.map((one) => ({ ...one, code: TOLD })) });
}

/** Returns the words of a refusal of the API. @param {import("./api.js").FieldError} error */
export function apiWords({ code, detail }) {
  if (hasCode("problem", code)) return sayCode("problem", code);
  if (code !== "invalid_field") return detail;
  for (const [pattern, key] of DETAILS) {
    const found = pattern.exec(detail);
    if (found) return sayCode("field", key, { least: Number(found[1]), most: Number(found[2]) });
  }
  return language === "en" ? detail : say("field.wrong", { detail });
}

/**
 * Returns the words of what the browser refuses; `null` where nothing.
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} control
 */
export function browserWords(control) {
  const { validity } = control;
  if (validity.valid) return null;
  if (validity.badInput) return say(control.type === "number" ? "field.not-a-number" : "field.not-a-day");
  if (validity.typeMismatch) return say("field.not-an-email");
  if (validity.stepMismatch) return say("field.not-whole");
  if (!(control instanceof HTMLInputElement)) return control.validationMessage;
  const written = (/** @type {string} */ bound) => (control.type === "date" ? day(bound) : bound);
  if (validity.rangeUnderflow) return say("field.least", { least: written(control.min) });
  if (validity.rangeOverflow) return say("field.most", { most: written(control.max) });
  return control.validationMessage;
}
