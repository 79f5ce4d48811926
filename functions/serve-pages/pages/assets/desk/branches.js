// The branches by name, and the time zone of their clocks, read once. Nothing is shown by other clocks if they cannot be
// read: the next call tries again.

import { get } from "../core/api.js";
import { useZone } from "../core/zone.js";

/** @typedef {import("puntos").components["schemas"]["Branch"]} Branch */

/** @type {Branch[]} */
let known = [];
/** @type {Promise<Branch[]> | null} */
let reading = null;

/** Returns the branches. */
export function branches() {
  reading ??= get("/v1/branches").then(
    (page) => {
      useZone(page.time_zone);
      return (known = page.data);
    },
    (error) => {
      reading = null;
      throw error;
    },
  );
  return /** @type {Promise<Branch[]>} */ (reading);
}

/** Returns the branches as what a field suggests. */
export async function suggestedBranches() {
  return (await branches()).map(({ id, name }) => ({ value: id, text: name }));
}

/** Returns the name of a branch, once the branches are read. Ids compare without case. @param {string} id */
export function branchName(id) {
  return known.find((one) => one.id.toLowerCase() === id.toLowerCase())?.name ?? id;
}
