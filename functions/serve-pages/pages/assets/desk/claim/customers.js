// The names of the customers of claims, which the claims themselves do not have. Each is read once.

import { get } from "../../core/api.js";

/** How many are read at a time. */
const LANES = 4;

/** @type {Map<string, Promise<string>>} */
const names = new Map();
const lanes = Array.from({ length: LANES }, () => Promise.resolve(""));

/**
 * Returns the name of a member, or their id where it cannot be read: a claim is worth showing without it.
 * @param {string} id
 * @returns {Promise<string>}
 */
export function customerName(id) {
  const known = names.get(id);
  if (known !== undefined) return known;
  const lane = names.size % LANES;
  const name = lanes[lane].then(() => read(id));
  lanes[lane] = name;
  names.set(id, name);
  return name;
}

/** @param {string} id */
async function read(id) {
  try {
    return (await get(`/v1/members/${id}`)).name ?? id;
  } catch {
    names.delete(id);
    return id;
  }
}
