// The word of a claim's status, in its colour.

import { element } from "../core/element.js";
import { sayCode } from "../core/words.js";

/** @typedef {import("puntos").components["schemas"]["ClaimAnswer"]["status"]} Status */

/** @type {Record<Status, string>} */
const TONES = { received: "tag", investigating: "tag", waiting: "tag warn", resolved: "tag good", rejected: "tag bad" };

/** Makes the word of a status. @param {Status} status */
export function statusTag(status) {
  return element("span", { class: TONES[status] }, sayCode("shop.claim", status));
}
