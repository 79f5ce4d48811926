// What the pages of members need of the programme: currency and tiers. Read once.

import { get } from "../../core/api.js";

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
