// The plots beside the list: the net promoter score over time and by branch, and how often each score was given.

import { get } from "../../core/api.js";
import { element } from "../../core/element.js";
import { day, month, number } from "../../core/format.js";
import { loading } from "../../core/notice.js";
import { plot } from "../../core/plot.js";
import { say } from "../../core/words.js";
import { branches } from "../branches.js";

/** @typedef {import("puntos").components["schemas"]["TrendRow"]} TrendRow */
/** @typedef {import("./filters.js").Filters} Filters */

/** More branches than a plot can show are not read. */
const BRANCHES_MAX = 24;
const AT_ONCE = 6;
const DAYS_OF_DAYS = 62;
const DAYS_OF_WEEKS = 400;

/** Makes the plots. `load` draws them for filters and their totals; earlier ones are given up. */
export function plots() {
  const node = element("div", { class: "stack ratings-plots" });
  let reading = new AbortController();

  /**
   * @param {Filters} filters
   * @param {import("./totals.js").Summary} summary
   */
  function load(filters, summary) {
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    return loading(node, () => drawn(filters, summary, signal), signal);
  }

  return { node, load };
}

/**
 * @param {Filters} filters
 * @param {import("./totals.js").Summary} summary
 * @param {AbortSignal} signal
 */
async function drawn({ from, to, branch }, summary, signal) {
  const by = step(from, to, summary);
  const [trend, byBranch] = await Promise.all([
    get("/v1/ratings/trend", { from, to, branch, by }, { signal }),
    branch === "" ? scoresOfBranches(from, to, signal) : null,
  ]);
  return [
    card(overTime(trend.data, by)),
    byBranch !== null && byBranch.rows.length > 0 && card(ofBranches(byBranch.rows), byBranch.isCut ? say("ratings.first-branches", { n: BRANCHES_MAX }) : null),
    card(ofScores(trend.data)),
  ];
}

/**
 * Chooses how long a row of the trend is, by the span of what is looked at.
 * @param {string} from
 * @param {string} to
 * @param {import("./totals.js").Summary} summary
 */
function step(from, to, { months }) {
  const first = from || (months.length > 0 ? `${months[0].month}-01` : "");
  const last = to || new Date().toISOString().slice(0, 10);
  const days = first === "" ? 0 : (Date.parse(last) - Date.parse(first)) / 86_400_000;
  if (days <= DAYS_OF_DAYS) return "day";
  return days <= DAYS_OF_WEEKS ? "week" : "month";
}

/**
 * @param {string} from
 * @param {string} to
 * @param {AbortSignal} signal
 */
async function scoresOfBranches(from, to, signal) {
  const all = await branches();
  /** @type {{name: string, nps: number | null}[]} */
  const rows = [];
  for (let i = 0; i < Math.min(all.length, BRANCHES_MAX); i += AT_ONCE) {
    const some = all.slice(i, Math.min(i + AT_ONCE, BRANCHES_MAX));
    const sums = await Promise.all(some.map(({ id }) => get("/v1/ratings/summary", { from, to, branch: id }, { signal })));
    rows.push(...some.map(({ name }, n) => ({ name, nps: sums[n].nps })));
  }
  return { rows, isCut: all.length > BRANCHES_MAX };
}

/**
 * @param {TrendRow[]} rows
 * @param {string} by
 */
function overTime(rows, by) {
  return plot({
    title: say("ratings.nps-over-time"),
    kind: "line",
    labels: rows.map((row) => (by === "month" ? month(row.from) : day(row.from))),
    series: [{ name: say("ratings.nps"), tone: "tone-accent", values: rows.map((row) => row.nps) }],
    lowest: -100,
    highest: 100,
    first: by === "week" ? say("ratings.week-of") : undefined,
  });
}

/** @param {{name: string, nps: number | null}[]} rows */
function ofBranches(rows) {
  return plot({
    title: say("ratings.nps-by-branch"),
    kind: "bar",
    labels: rows.map((row) => row.name),
    series: [{ name: say("ratings.nps"), tone: "tone-accent", values: rows.map((row) => row.nps) }],
    lowest: -100,
    highest: 100,
    first: say("ratings.branch"),
  });
}

/** @param {TrendRow[]} rows */
function ofScores(rows) {
  const counts = Array.from({ length: 11 }, (_, score) => rows.reduce((sum, row) => sum + row.scores[score], 0));
  /** @param {number} low @param {number} high */
  const between = (low, high) => counts.map((count, score) => (score >= low && score <= high ? count : null));
  return plot({
    title: say("ratings.scores"),
    kind: "stack",
    labels: counts.map((_, score) => number(score)),
    series: [
      { name: say("ratings.detractors"), tone: "tone-bad", values: between(0, 6) },
      { name: say("ratings.passives"), tone: "tone-warn", values: between(7, 8) },
      { name: say("ratings.promoters"), tone: "tone-good", values: between(9, 10) },
    ],
    first: say("ratings.score"),
  });
}

/**
 * @param {HTMLElement} figure
 * @param {string | null} [note]
 */
function card(figure, note) {
  return element("div", { class: "card" }, figure, note ? element("p", { class: "hint" }, note) : null);
}
