// Sentences of the API, which have the ids of branches, with the branches by their names.

import { isolate } from "./words.js";

const LETTER = /[\p{L}\p{N}]/u;

/**
 * Returns the sentence of an entry, or what is like one. The id of the branch follows the number of the receipt in every language.
 * @param {{summary: string, branch: string | null, invoice_number: string | null}} entry
 * @param {(id: string) => string} nameOf
 */
export function sentence({ summary, branch, invoice_number: number }, nameOf) {
  if (branch === null) return summary;
  const after = number === null ? -1 : placeOf(summary, number, 0);
  const at = placeOf(summary, branch, after < 0 ? 0 : after + (number ?? "").length);
  return at < 0 ? summary : summary.slice(0, at) + isolate(nameOf(branch)) + summary.slice(at + branch.length);
}

/**
 * Returns where a text has a word of its own, from a place on; -1 for nowhere.
 * @param {string} text
 * @param {string} word
 * @param {number} from
 */
function placeOf(text, word, from) {
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    const beside = [text[at - 1] ?? "", text[at + word.length] ?? ""];
    if (!beside.some((one) => LETTER.test(one))) return at;
  }
  return -1;
}
