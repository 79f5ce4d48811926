// The totals of the ratings: how many, how they were handled, and the net promoter score.

import { get } from "../../core/api.js";
import { element, replace, svg } from "../../core/element.js";
import { number } from "../../core/format.js";
import { failure } from "../../core/notice.js";
import { language, say } from "../../core/words.js";
import { TONES } from "./score.js";

/** @typedef {import("puntos").components["schemas"]["RatingSummary"]} Summary */

const exact = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });

/** Writes a net promoter score. @param {number | null} nps */
export const score = (nps) => (nps === null ? "–" : exact.format(nps));

/**
 * Makes the totals. `load` returns the sums, `null` where they cannot be read or others were asked for since;
 * `unread` counts a comment as read, or as unread again.
 */
export function totals() {
  const node = element("section", { class: "ratings-totals", "aria-label": say("ratings.totals") }, element("p", { class: "quiet loading" }, say("loading")));
  /** @type {Summary | null} */
  let summary = null;
  let version = 0;

  function draw() {
    if (summary !== null) replace(node, drawn(summary));
  }

  /**
   * @param {import("./filters.js").Filters} filters
   * @param {() => void} again what a person who tries again calls
   * @returns {Promise<Summary | null>}
   */
  async function load({ from, to, branch }, again) {
    const mine = (version += 1);
    node.setAttribute("aria-busy", "true");
    try {
      const answer = await get("/v1/ratings/summary", { from, to, branch });
      if (mine !== version) return null;
      summary = answer;
      draw();
      return answer;
    } catch (error) {
      if (mine === version) replace(node, failure(error, again));
      return null;
    } finally {
      if (mine === version) node.removeAttribute("aria-busy");
    }
  }

  /** @param {1 | -1} by */
  function unread(by) {
    if (summary === null) return;
    summary.unread_comments = Math.max(0, summary.unread_comments + by);
    draw();
  }

  return { node, load, unread };
}

/** @param {Summary} summary */
function drawn(summary) {
  const groups = /** @type {const} */ ([
    ["promoter", say("ratings.promoters"), summary.promoters],
    ["passive", say("ratings.passives"), summary.passives],
    ["detractor", say("ratings.detractors"), summary.detractors],
  ]);
  return [
    element(
      "dl",
      { class: "ratings-figures" },
      figure(say("ratings.nps"), score(summary.nps), "ratings-nps"),
      figure(say("ratings.ratings"), number(summary.ratings)),
      figure(say("ratings.comments"), number(summary.comments)),
      figure(say("ratings.replies"), number(summary.replies)),
      figure(say("ratings.unread-comments"), number(summary.unread_comments)),
      groups.map(([category, name, count]) =>
        figure(name, number(count), `tone-${TONES[category]}`, summary.ratings === 0 ? null : percent.format(count / summary.ratings)),
      ),
    ),
    share(groups.map(([category, , count]) => ({ tone: `tone-${TONES[category]}`, count })), summary.ratings),
  ];
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} [tone]
 * @param {string | null} [part]
 */
function figure(name, value, tone, part) {
  return element("div", { class: tone }, element("dt", {}, element("span", {}, name)), element("dd", {}, value, part ? element("span", { class: "quiet" }, ` ${part}`) : null));
}

/**
 * Draws the shares as one bar. It says nothing that the figures do not.
 * @param {{tone: string, count: number}[]} groups
 * @param {number} all
 */
function share(groups, all) {
  let x = 0;
  const bars = groups.map(({ tone, count }) => {
    const width = all === 0 ? 0 : (count / all) * 100;
    x += width;
    return svg("rect", { class: tone, x: x - width, y: 0, width, height: 1 });
  });
  return svg("svg", { class: "ratings-share", viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" }, bars);
}
