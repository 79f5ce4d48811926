// Puts refusals of the API that name no field at the field of a dialog that they are about.

import { Problem } from "../../core/api.js";
import { refusal } from "../../core/refusals.js";

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
