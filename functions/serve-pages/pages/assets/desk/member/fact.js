// A fact of a list of facts: its name, and what it is.

import { element } from "../../core/element.js";

/**
 * Makes a fact for a `dl` of class `facts`.
 * @param {string} name
 * @param {import("../../core/element.js").Child | import("../../core/element.js").Child[]} value
 * @param {string} [tone] the class of the value
 */
export function fact(name, value, tone) {
  return element("div", {}, element("dt", {}, name), element("dd", { class: tone || null }, value));
}
