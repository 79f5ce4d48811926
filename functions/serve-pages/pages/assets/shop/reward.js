// The card of a reward in the list: its name, its cost, how many are left, and what can be done.

import { element } from "../core/element.js";
import { say } from "../core/words.js";

/** So few are worth telling. */
const FEW = 10;

/**
 * Makes the content of the card.
 * @param {string} id of its name; that of its cost ends in `-cost`
 * @param {{name: string, points_cost: number, units_left: number | null}} reward
 * @param {HTMLElement} end shown unless the reward is sold out
 */
export function rewardCard(id, { name, points_cost, units_left }, end) {
  const left = units_left !== null && units_left > 0 && units_left <= FEW ? say("shop.units-left", { n: units_left }) : null;
  return [
    element(
      "div",
      { class: "grow" },
      element("h3", { id }, name),
      element("p", { class: "quiet", id: `${id}-cost` }, [say("shop.points", { n: points_cost }), left].filter(Boolean).join(" · ")),
    ),
    units_left === 0 ? element("p", { class: "quiet missing" }, say("shop.sold-out")) : end,
  ];
}
