// The coming expiries of points: the next ones at once, the later ones behind a fold.

import { element } from "./element.js";
import { say } from "./words.js";

/** So many are looked at; the others come much later. */
const NEXT = 3;

/**
 * Makes the list.
 * @param {string} name
 * @param {{points: string, until: string}[]} all the soonest first
 */
export function expiryList(name, all) {
  const rows = all.map(({ points, until }) =>
    element("li", { class: "spread" }, element("span", {}, points), element("span", { class: "quiet" }, until)),
  );
  const list = (/** @type {HTMLElement[]} */ some) => element("ul", { role: "list", "aria-label": name, class: "expiries" }, some);
  const later = rows.slice(NEXT);
  return [
    list(rows.slice(0, NEXT)),
    later.length === 0 ? null : element("details", {}, element("summary", {}, say("later", { n: later.length })), list(later)),
  ];
}
