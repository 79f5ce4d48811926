// Numbers, money and times as the reader's language writes them.

import { language } from "./words.js";
import { shopZone } from "./zone.js";

/** @typedef {{amount: number, currency: string}} Money */

const whole = new Intl.NumberFormat(language);
const signed = new Intl.NumberFormat(language, { signDisplay: "exceptZero" });
const days = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
const shortDays = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", timeZone: "UTC" });
const weekdays = new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone: "UTC" });
const months = new Intl.DateTimeFormat(language, { month: "short", year: "numeric", timeZone: "UTC" });

/** @param {number} value */
export const number = (value) => whole.format(value);

/** Writes a change of points with its sign. @param {number} value */
export const change = (value) => signed.format(value);

/** Writes an amount in minor units. @param {Money} value */
export function money({ amount, currency }) {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.format(/** @type {any} */ (decimal(amount, digits(currency))));
}

/**
 * Reads an amount that a person wrote, as minor units; `null` if it is none.
 * @param {string} text
 * @param {string} currency
 */
export function minorUnits(text, currency) {
  const places = digits(currency);
  const match = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.replace(/[\s\u00a0\u202f]/g, ""));
  if (!match || (match[2] ?? "").length > places) return null;
  return Number(match[1] + (match[2] ?? "").padEnd(places, "0"));
}

/**
 * Writes minor units for a field that a person edits.
 * @param {number} amount
 * @param {string} currency
 */
export function editable(amount, currency) {
  return decimal(amount, digits(currency));
}

/** Writes an instant with its time of day, by the shop's clocks. @param {string} instant */
export const moment = (instant) => byShop(instant, { timeStyle: "short" });

/** Writes the day of an instant, by the shop's clocks. @param {string | number} instant */
export const date = (instant) => byShop(instant, {});

/** Writes the last day before an instant: points that expire at midnight can be used on the day before. @param {string} instant */
export const lastDay = (instant) => date(Date.parse(instant) - 1);

/** Writes a local day, `YYYY-MM-DD`. @param {string} local */
export const day = (local) => days.format(new Date(`${local}T00:00:00Z`));

/** Writes a local day without its year. @param {string} local */
export const shortDay = (local) => shortDays.format(new Date(`${local}T00:00:00Z`));

/**
 * Writes the local days from one to another.
 * @param {string} from
 * @param {string} until
 */
export const dayRange = (from, until) => days.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${until}T00:00:00Z`));

/** Writes a local day with its weekday. @param {string} local */
export const fullDay = (local) => weekdays.format(new Date(`${local}T00:00:00Z`));

/** Writes a month, `YYYY-MM` or a day in it. @param {string} local */
export const month = (local) => months.format(new Date(`${local.slice(0, 7)}-01T00:00:00Z`));

/**
 * @param {string | number} instant
 * @param {Intl.DateTimeFormatOptions} options
 */
function byShop(instant, options) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: shopZone(), ...options }).format(new Date(instant));
}

/** @param {string} currency */
function digits(currency) {
  const options = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
  return options.maximumFractionDigits ?? 2;
}

/**
 * @param {number} amount
 * @param {number} places
 */
function decimal(amount, places) {
  const text = String(Math.abs(amount)).padStart(places + 1, "0");
  const sign = amount < 0 ? "-" : "";
  return places === 0 ? sign + text : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}
