// The branches by name, read once. Where they cannot be read now, their ids stand for them.

import { get } from "../core/api.js";

/** @typedef {import("puntos").components["schemas"]["Branch"]} Branch */

/** @type {Branch[]} */
let known = [];
/** @type {Promise<Branch[]> | null} */
let reading = null;

/** Returns the branches. */
export function branches() {
  reading ??= get("/v1/branches").then(
    (page) => (known = page.data),
    () => {
      reading = null;
      return [];
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
