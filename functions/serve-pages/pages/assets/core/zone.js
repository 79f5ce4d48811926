// Instants as the clocks of a time zone show them: the shop's, which need not be the reader's.

import { language } from "./words.js";

/** The shop's time zone; the reader's own while it is not known. @type {string | undefined} */
let ofShop;

/** Keeps the shop's time zone, by which times are written and read from now on. @param {string | null} zone */
export function useZone(zone) {
  ofShop = zone ?? undefined;
}

/** Returns the shop's time zone, if it is known. */
export const shopZone = () => ofShop;

/**
 * Returns what a field of the kind `moment` holds, YYYY-MM-DDThh:mm.
 * @param {string | number} instant
 * @param {string} [zone] the shop's where it is not given
 */
export function localOf(instant, zone = ofShop) {
  const written = new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(
    new Date(instant),
  );
  return written.replace(" ", "T").slice(0, 16);
}

/**
 * Returns the instant of a local time.
 * @param {string} local
 * @param {string} [zone]
 */
export function instantOf(local, zone = ofShop) {
  const wanted = Date.parse(`${local.slice(0, 16)}Z`);
  let instant = wanted;
  // The second look is right also beside a change of the clocks.
  for (let looks = 0; looks < 2; looks += 1) instant += wanted - Date.parse(`${localOf(instant, zone)}Z`);
  return new Date(instant).toISOString();
}

/**
 * Writes an instant with its time of day.
 * @param {string} instant
 * @param {string} zone
 */
export function momentIn(instant, zone) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(
    new Date(instant),
  );
}

/**
 * Returns today's date in a time zone, YYYY-MM-DD, or another day counted from it.
 * @param {string} [zone] the shop's where it is not given
 * @param {number} [after] days after today
 */
export function dayIn(zone = ofShop, after = 0) {
  const today = new Date(`${localOf(Date.now(), zone).slice(0, 10)}T00:00:00Z`);
  today.setUTCDate(today.getUTCDate() + after);
  return today.toISOString().slice(0, 10);
}
