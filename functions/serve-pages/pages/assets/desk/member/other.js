// Finds the other member of a merge or a move, by what an agent writes of them.

import { refusal } from "../../core/refusals.js";
import { say } from "../../core/words.js";
import { find } from "./search.js";

/**
 * Returns the one member that a text names; refuses it at its field where there is none, or more.
 * @param {string} text
 * @param {string} field
 */
export async function one(text, field) {
  // The beginning of a name is too little to know who it is.
  const { hits } = /[\d@]/.test(text) ? await find(text) : { hits: [] };
  if (hits.length === 1) return hits[0].member;
  throw refusal(field, hits.length === 0 ? say("members.nobody") : say("members.not-one", { n: hits.length }));
}
