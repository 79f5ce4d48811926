// What a preview or a re-rate found: followed until it has ended, and shown as words, plots and tables.

import { get } from "../../core/api.js";
import { element } from "../../core/element.js";
import { change, number } from "../../core/format.js";
import { plot } from "../../core/plot.js";
import { caller } from "../../core/session.js";
import { say, sayCode } from "../../core/words.js";

/** @typedef {import("puntos").components["schemas"]["PreviewReportAnswer"]} PreviewReport */
/** @typedef {import("puntos").components["schemas"]["RerateReportAnswer"]} RerateReport */
/** @typedef {import("puntos").components["schemas"]["ComparedPart"]} Part */

const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [400, 5_000];

/**
 * Reads a report until it has ended, and shows each state.
 * @param {string} path
 * @param {(report: any) => void} show
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export async function followed(path, show, signal) {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const report = await get(path, {}, { signal });
    signal.throwIfAborted();
    show(report);
    if (report.status !== "running") return report;
    await new Promise((resolve) => setTimeout(resolve, wait));
    signal.throwIfAborted();
  }
}

/**
 * @param {PreviewReport | RerateReport} report
 * @param {import("./draft.js").Program} program whose names of branches, tiers and promotions are shown
 */
export function comparison(report, program) {
  const difference = report.points_then - report.points_now;
  if (report.purchases === 0) return [state(report), element("p", {}, say("programme.compare.none"))];
  return [
    state(report),
    element(
      "dl",
      { class: "facts" },
      fact(say("programme.compare.purchases"), number(report.purchases)),
      fact(say("programme.compare.now"), number(report.points_now)),
      fact(say("programme.compare.then"), number(report.points_then)),
      fact(say("programme.compare.difference"), change(difference)),
    ),
    report.more.members > 0 &&
      element("p", {}, say("programme.compare.more", { n: report.more.members, points: report.more.points })),
    report.less.members > 0 &&
      element("p", {}, say("programme.compare.less", { n: report.less.members, points: Math.abs(report.less.points) })),
    report.more.members + report.less.members === 0 && element("p", {}, say("programme.compare.same")),
    parts(say("programme.compare.by-branch"), say("programme.branch"), report.by_branch, program.branches),
    parts(say("programme.compare.by-promotion"), say("programme.promotion"), report.by_promotion, program.promotions),
    ofPromotions(report.by_promotion, difference),
    report.by_tier.some(({ id }) => id !== null) &&
      parts(say("programme.compare.by-tier"), say("programme.tier"), report.by_tier, program.tiers, say("programme.no-tier")),
    examples(report),
  ];
}

/** @param {PreviewReport | RerateReport} report */
function state({ status, purchases }) {
  const tone = { running: "tag", finished: "tag good", stopped: "tag warn" }[status];
  return element(
    "p",
    { class: "row" },
    element("span", { class: tone }, sayCode("programme.walk", status)),
    status === "running"
      ? element("span", { class: "quiet" }, say("programme.compare.so-far", { n: purchases }))
      : null,
  );
}

/**
 * @param {string} name
 * @param {string} value
 */
function fact(name, value) {
  return element("div", {}, element("dt", {}, name), element("dd", { class: "programme-number" }, value));
}

/**
 * @param {string} title
 * @param {string} first
 * @param {Part[]} all
 * @param {{id: string, name: string}[]} names
 * @param {string} [none] what a part without an id is called
 */
function parts(title, first, all, names, none = say("programme.others")) {
  if (all.every(({ points }) => points === 0)) return null;
  return plot({
    title,
    kind: "bar",
    first,
    labels: all.map(({ id }) => names.find((one) => one.id === id)?.name ?? id ?? none),
    series: [
      { name: say("programme.compare.gain"), tone: "tone-good", values: all.map(({ points }) => Math.max(0, points)) },
      { name: say("programme.compare.loss"), tone: "tone-bad", values: all.map(({ points }) => Math.min(0, points)) },
    ],
    write: change,
  });
}

/**
 * Says why the sums of the promotions are not the whole difference.
 * @param {Part[]} all
 * @param {number} difference
 */
function ofPromotions(all, difference) {
  const sum = all.reduce((total, { points }) => total + points, 0);
  const isShown = all.some(({ points }) => points !== 0);
  return isShown && sum !== difference ? element("p", { class: "hint" }, say("programme.compare.of-promotions", { points: change(difference) })) : null;
}

/** @param {PreviewReport | RerateReport} report */
function examples({ examples: all }) {
  if (all.length === 0) return null;
  const heads = [say("programme.compare.now"), say("programme.compare.then"), say("programme.compare.difference")];
  const title = say("programme.compare.examples");
  const mayRead = caller().role !== "admin";
  return element(
    "div",
    { class: "stack" },
    element("h3", {}, title),
    element(
      "div",
      { class: "programme-wide", tabindex: 0, role: "region", "aria-label": title },
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            element("th", { scope: "col" }, say("programme.member")),
            heads.map((head) => element("th", { scope: "col", class: "figure" }, head)),
          ),
        ),
        element(
          "tbody",
          {},
          all.map((one) =>
            element(
              "tr",
              {},
              element("th", { scope: "row" }, mayRead ? element("a", { href: `/desk/members/${one.member_id}` }, one.member_id) : one.member_id),
              element("td", { class: "figure" }, number(one.points_now)),
              element("td", { class: "figure" }, number(one.points_then)),
              element("td", { class: "figure" }, change(one.points_then - one.points_now)),
            ),
          ),
        ),
      ),
    ),
  );
}
