// The rows of the list: score, customer, visit, and marks for a comment, what is unread, and who looks at it.

import { element, replace, svg } from "../../core/element.js";
import { date } from "../../core/format.js";
import { caller } from "../../core/session.js";
import { isolate, say } from "../../core/words.js";
import { branchName } from "../branches.js";
import { badge, word } from "./score.js";

/** @typedef {import("puntos").components["schemas"]["RatingRow"]} RatingRow */
/** @typedef {import("puntos").components["schemas"]["ViewerAnswer"]} Viewer */

/**
 * Makes the rows of the list, and keeps what they show.
 * @param {{href: (id: string) => string, isOpen: (id: string) => boolean}} options
 */
export function rows({ href, isOpen }) {
  /** @type {Map<string, {one: RatingRow, link: HTMLAnchorElement, draw: () => void}>} */
  const shown = new Map();

  /** @param {RatingRow} one */
  function row(one) {
    const id = one.rating_id;
    // The page has opened it: only a list that lags says otherwise.
    if (isOpen(id)) one.unread = false;
    const marks = element("span", { class: "ratings-marks" });
    const about = `${id}-about`;
    const link = element("a", { href: href(id), "aria-describedby": `${id}-score ${about}`, "aria-current": isOpen(id) ? "true" : null }, one.name);
    const node = element(
      "div",
      { class: "ratings-row" },
      badge(one, `${id}-score`),
      element("div", { class: "grow" }, link, element("p", { class: "hint", id: about }, facts(one), marks)),
    );
    const draw = () => {
      node.classList.toggle("unread", one.unread);
      replace(marks, marksOf(one));
    };
    draw();
    shown.set(id, { one, link, draw });
    return node;
  }

  /**
   * Changes what a row shows; nothing where the list does not show it.
   * @param {string} id
   * @param {Partial<RatingRow>} change
   */
  function change(id, change) {
    const found = shown.get(id);
    if (found === undefined) return;
    Object.assign(found.one, change);
    found.draw();
  }

  /** Marks the row of the opened rating, and only that one. @param {string | null} id */
  function mark(id) {
    for (const [other, { link }] of shown) {
      if (other === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  return {
    row,
    change,
    mark,
    find: (/** @type {string} */ id) => shown.get(id),
    clear: () => shown.clear(),
  };
}

/**
 * Returns the words for others who look at a rating, `null` where nobody does.
 * @param {Viewer[]} viewers
 */
export function lookers(viewers) {
  const names = viewers.filter((one) => one.agent_id !== caller().subject).map((one) => one.name);
  return names.length === 0 ? null : say("ratings.looking", { names: names.join(", "), n: names.length });
}

/** @param {RatingRow} one */
function facts(one) {
  return [`${word(one.category)} · ${isolate(branchName(one.branch))} · `, element("span", { class: "ratings-day" }, date(one.visited_at))];
}

/** @param {RatingRow} one */
function marksOf(one) {
  const others = lookers(one.viewers);
  return [
    one.has_comment && element("span", { class: "ratings-mark" }, envelope(), say("ratings.has-comment")),
    one.unread && element("span", { class: "tag" }, say("ratings.unread")),
    !one.unread && one.replies > 0 && element("span", { class: "ratings-mark" }, say("ratings.replied")),
    others !== null && element("span", { class: "tag warn" }, others),
  ];
}

function envelope() {
  return svg(
    "svg",
    { class: "ratings-envelope", viewBox: "0 0 16 12", "aria-hidden": "true" },
    svg("rect", { x: 0.75, y: 0.75, width: 14.5, height: 10.5, rx: 1.5 }),
    svg("path", { d: "M1 1.5 8 7l7-5.5" }),
  );
}
