// The ratings that the member gave, each with its conversation, and a new one.

import { Problem, change, get } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { element } from "../core/element.js";
import { date } from "../core/format.js";
import { pagedList } from "../core/list.js";
import { announce } from "../core/notice.js";
import { scoreChoice } from "../core/score.js";
import { say } from "../core/words.js";
import { opener, part } from "./part.js";
import { branchField, branchName, shop } from "./state.js";

/** @typedef {import("puntos").components["schemas"]["RatingRow"]} Row */

const PAGE = 10;

/** Makes the part. */
export function ratings() {
  const list = pagedList({
    name: say("shop.ratings"),
    empty: say("shop.no-ratings"),
    page: (cursor) => get("/v1/ratings", { member_id: "me", limit: PAGE, cursor }),
    row,
  });
  const open = opener(list.list, "#ratings/", async (panel, id, signal) => {
    const { showThread } = await import("./thread.js");
    await showThread(panel, id, signal);
  });
  const rated = async () => {
    const rating = await rate();
    if (rating === undefined) return;
    announce(say("visit.thanks"));
    await list.load();
    location.hash = `#ratings/${rating.rating_id}`;
  };
  const first = list.load();
  const button = element("button", { type: "button", click: rated }, say("shop.rate"));
  return {
    node: part("ratings", say("shop.ratings"), element("p", {}, button), list.node),
    open: async (/** @type {string | null} */ id) => {
      await first;
      await open(id);
    },
  };
}

/** @param {Row} rating */
function row(rating) {
  return element(
    "a",
    { href: `#ratings/${rating.rating_id}`, "aria-expanded": "false", class: "opens" },
    element("span", { class: "grow" }, say("shop.visit", { branch: branchName(rating.branch) }), element("span", { class: "quiet" }, ` ${date(rating.visited_at)}`)),
    rating.replies > 0 && element("span", { class: "tag" }, say("shop.replies", { n: rating.replies })),
    element("span", { class: "figure" }, say("shop.score-of", { n: rating.score })),
  );
}

/** Asks for a rating, and sends it. */
function rate() {
  const score = scoreChoice(say("visit.question"));
  const answer = ask({
    title: say("shop.rate"),
    intro: [score.node],
    fields: [
      branchField("branch", say("shop.branch"), true),
      { name: "comment", label: say("visit.comment"), kind: "long", longest: 1000 },
      { name: "invoice_number", label: say("shop.invoice"), longest: 64, hint: say("shop.invoice-if-known") },
    ],
    send: (written, key) => {
      const given = score.read();
      if (given === null) throw new Problem(422, "score_missing", say("problem.score_missing"));
      const visit = { member_id: shop.member.member_id, score: given, visited_at: new Date().toISOString(), ...written };
      return change("POST", "/v1/ratings", visit, { key });
    },
  });
  score.focus();
  return answer;
}
