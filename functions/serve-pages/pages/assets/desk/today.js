// The local day of the programme. The browser's own may be another one: only the API knows it.

import { get, Problem } from "../core/api.js";

const KEPT_MS = 5 * 60_000;

/** @type {{day: Promise<string>, until: number} | null} */
let known = null;

/** Returns the local day of the programme, `YYYY-MM-DD`. */
export function today() {
  if (known === null || Date.now() > known.until) {
    const day = read();
    day.catch(() => (known = null));
    known = { day, until: Date.now() + KEPT_MS };
  }
  return known.day;
}

/**
 * Returns the local day so many days after another.
 * @param {string} day
 * @param {number} days
 */
export function after(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/**
 * Returns how many days one local day is after another.
 * @param {string} from
 * @param {string} to
 */
export function daysBetween(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/**
 * The trend of the tasks ends on the day of now. It is asked for as few days as can be.
 * @returns {Promise<string>}
 */
async function read() {
  const yesterday = after(new Date().toISOString().slice(0, 10), -1);
  const trend = await get("/v1/tasks/trend", { from: yesterday }).catch((error) => {
    if (error instanceof Problem && error.status === 422) return get("/v1/tasks/trend");
    throw error;
  });
  return trend.data[trend.data.length - 1].day;
}
