// What the pages of members need of the programme: currency, time zone, tiers, and the branches. Read once.

import { get } from "../../core/api.js";
import { language } from "../../core/words.js";

/** @typedef {import("puntos").components["schemas"]["ProgramAnswer"]} Programme */

/** @type {Promise<Programme> | null} */
let reading = null;

/** Returns the programme in force. @returns {Promise<Programme>} */
export function programme() {
  reading ??= get("/v1/program").catch((error) => {
    reading = null;
    throw error;
  });
  return /** @type {Promise<Programme>} */ (reading);
}

/** @typedef {import("puntos").components["schemas"]["Branch"]} Branch */

/** @type {Promise<Branch[]> | null} */
let readingBranches = null;

/** Returns the branches that are known. @returns {Promise<Branch[]>} */
export function branches() {
  readingBranches ??= get("/v1/branches").then(
    ({ data }) => data,
    (error) => {
      readingBranches = null;
      throw error;
    },
  );
  return /** @type {Promise<Branch[]>} */ (readingBranches);
}

/**
 * Writes the last day before an instant, where the shop is: the last day on which points can be used.
 * @param {string} end
 * @param {Programme} program
 */
export function lastDay(end, program) {
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: program.time_zone });
  return format.format(new Date(Date.parse(end) - 1));
}
