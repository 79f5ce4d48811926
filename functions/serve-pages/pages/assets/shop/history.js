// Everything that happened to the points: the sentence, the receipt, and why it gave so many.

import { get } from "../core/api.js";
import { element } from "../core/element.js";
import { shown } from "../core/fields.js";
import { change, moment } from "../core/format.js";
import { pagedList } from "../core/list.js";
import { sentence } from "../core/sentence.js";
import { telling } from "../core/notice.js";
import { say, sayCode } from "../core/words.js";
import { part } from "./part.js";
import { branchName } from "./state.js";

/** @typedef {import("puntos").components["schemas"]["TimelineEntry"]} Entry */

const PAGE = 20;
const KINDS = ["purchase", "return", "redemption", "reversal", "adjustment", "expiry", "tier", "rating", "claim", "email", "profile"];

/** Makes the part. */
export function history() {
  const choices = KINDS.map((value) => ({ value, text: sayCode("shop.kind", value) }));
  const filter = shown({ name: "kind", label: say("shop.filter"), kind: "choice", choices: [{ value: "", text: say("shop.everything") }, ...choices] });
  const list = pagedList({
    name: say("shop.history"),
    empty: say("shop.no-history"),
    page: (cursor) => get("/v1/members/me/timeline", { kind: filter.control.value, limit: PAGE, cursor }),
    row: (entry) => row(entry),
  });
  filter.control.addEventListener("change", () => list.load());
  list.load();
  return { node: part("history", say("shop.history"), filter.node, list.node), load: list.load };
}

/** @param {Entry} entry */
function row(entry) {
  const id = `entry-${entry.entry_id}-${entry.kind}`;
  const panel = element("div", { class: "opened", id: `${id}-panel`, hidden: true });
  const purchase = entry.purchase_id;
  const explanation = entry.explanation ?? [];
  /** @type {HTMLButtonElement[]} */
  const buttons = [];
  if (purchase !== null) buttons.push(toggle(say("shop.receipt"), async () => (await import("./receipt.js")).receipt(panel, purchase)));
  if (explanation.length > 0 || entry.kind === "purchase") buttons.push(toggle(say("shop.why"), async () => (await import("./receipt.js")).reasons(panel, explanation, entry.kind === "purchase" ? purchase : null)));

  /**
   * @param {string} name
   * @param {() => Promise<void>} show
   */
  function toggle(name, show) {
    const button = element("button", { type: "button", class: "small", "aria-expanded": "false", "aria-controls": panel.id, "aria-describedby": id }, name);
    button.addEventListener("click", () => {
      const opens = button.getAttribute("aria-expanded") === "false";
      buttons.forEach((one) => one.setAttribute("aria-expanded", String(one === button && opens)));
      panel.hidden = !opens;
      if (opens) telling(show)();
    });
    return button;
  }

  return element(
    "div",
    { class: "entry" },
    element(
      "div",
      { class: "line" },
      element("p", { id }, sentence(entry, branchName)),
      entry.points !== null && element("p", { class: entry.points < 0 ? "figure" : "figure plus" }, change(entry.points)),
    ),
    element(
      "div",
      { class: "row quiet" },
      element("time", { datetime: entry.at }, moment(entry.at)),
      entry.comment && element("q", {}, entry.comment),
      buttons,
      entry.claim_id && element("a", { href: `#claims/${entry.claim_id}` }, say("shop.to-claim")),
      entry.rating_id && element("a", { href: `#ratings/${entry.rating_id}` }, say("shop.to-rating")),
    ),
    panel,
  );
}
