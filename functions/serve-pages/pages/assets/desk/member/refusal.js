// Refusals that a dialog shows at a field: those of the page itself, and those of the API that name no field.

import { Problem } from "../../core/api.js";

/**
 * Makes the refusal of a field.
 * @param {string} field
 * @param {string} words
 */
export function refusal(field, words) {
  return new Problem(422, "invalid_field", words, { errors: [{ field, code: "here", detail: words }] });
}

/**
 * Returns what puts a refusal at the field that its code is about.
 * @param {Record<string, string>} fields by code
 * @returns {(error: unknown) => never}
 */
export function placed(fields) {
  return (error) => {
    const isHere = error instanceof Problem && error.errors.length === 0 && error.code in fields;
    throw isHere ? refusal(fields[error.code], error.message) : error;
  };
}
