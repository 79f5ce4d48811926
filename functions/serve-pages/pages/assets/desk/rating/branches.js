// The branches by name, read once.

import { get } from "../../core/api.js";

/** @typedef {import("puntos").components["schemas"]["Branch"]} Branch */

/** @type {Promise<Branch[]> | null} */
let reading = null;

/** Returns the branches; none where they cannot be read now: their ids stand for them. */
export function branches() {
  reading ??= get("/v1/branches").then(
    (page) => page.data,
    () => {
      reading = null;
      return [];
    },
  );
  return /** @type {Promise<Branch[]>} */ (reading);
}

/**
 * Returns what a branch is called. Ids compare without case.
 * @param {Branch[]} known
 * @param {string} id
 */
export function branchName(known, id) {
  return known.find((one) => one.id.toLowerCase() === id.toLowerCase())?.name ?? id;
}
