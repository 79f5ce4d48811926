// A score as the desk shows it: the number in the colour of its category, and the category in words.

import { element } from "../../core/element.js";
import { number } from "../../core/format.js";
import { sayCode } from "../../core/words.js";

/** @typedef {import("puntos").components["schemas"]["Category"]} Category */

/** The class that colours a category. */
export const TONES = /** @type {Record<Category, string>} */ ({ promoter: "good", passive: "warn", detractor: "bad" });

/**
 * Makes the number of a score.
 * @param {{score: number, category: Category}} rated
 * @param {string} [id]
 */
export function badge({ score, category }, id) {
  return element("span", { class: `score ${TONES[category]}`, id }, number(score));
}

/** Returns the word of a category. @param {Category} category */
export const word = (category) => sayCode("ratings.category", category);

/**
 * Makes a score with its word.
 * @param {{score: number, category: Category}} rated
 */
export function inWords(rated) {
  return element("span", { class: "ratings-scored" }, badge(rated), " ", word(rated.category));
}
