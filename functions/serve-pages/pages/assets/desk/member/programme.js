// What the pages of members need of the programme: currency, time zone and tiers. Read once.

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

/**
 * Writes the last day before an instant, where the shop is: the last day on which points can be used.
 * @param {string} end
 * @param {Programme} program
 */
export function lastDay(end, program) {
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: program.time_zone });
  return format.format(new Date(Date.parse(end) - 1));
}
