// The statement of a member: what moved points in a period, with both balances, also as a file.

import { get } from "../../core/api.js";
import { element, replace } from "../../core/element.js";
import { change, date, moment, number } from "../../core/format.js";
import { loading } from "../../core/notice.js";
import { sentence } from "../../core/sentence.js";
import { say } from "../../core/words.js";
import { dayIn } from "../../core/zone.js";
import { branchName } from "../branches.js";
import { showing } from "./action.js";
import { fold } from "./fold.js";

/** @typedef {import("puntos").components["schemas"]["StatementAnswer"]} Statement */
/** @typedef {import("./action.js").View} View */

/**
 * Makes the folded statement. Its dates stay while the page shows the member.
 * @param {View} view
 */
export function statementFold(view) {
  const today = dayIn();
  const from = dateInput("members-from", `${today.slice(0, 4)}-01-01`);
  const to = dateInput("members-to", today);
  const sheet = element("div", { class: "stack" });
  const address = () => `/v1/members/${view.member.member_id}/statement`;
  const period = () => ({ from: from.value, to: to.value });
  const isReversed = () => from.value !== "" && to.value !== "" && from.value > to.value;
  const read = () => {
    if (isReversed()) return replace(sheet, element("p", { class: "refusal", role: "alert" }, say("members.reversed-days")));
    return loading(sheet, async () => sheetOf(await get(address(), period())));
  };
  const form = element(
    "form",
    { class: "row", novalidate: true },
    element("label", { for: from.id }, say("members.from")),
    from,
    element("label", { for: to.id }, say("members.to")),
    to,
    element("button", { type: "submit" }, say("members.show-statement")),
    showing(say("members.csv"), async () => {
      if (isReversed()) return read();
      save(await get(address(), period(), { accept: "text/csv" }), view.member.member_id);
    }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    read();
  });
  return fold(say("members.statement"), async () => {
    read();
    return [form, sheet];
  });
}

/** @param {Statement} statement */
function sheetOf({ opening, closing, entries, chain }) {
  return [
    element(
      "div",
      { class: "members-wide", tabindex: 0, role: "group", "aria-label": say("members.statement") },
      element(
        "table",
        { class: "members-table" },
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            element("th", { scope: "col" }, say("members.when")),
            element("th", { scope: "col" }, say("members.what")),
            element("th", { scope: "col", class: "figure" }, say("members.points-column")),
            element("th", { scope: "col", class: "figure" }, say("members.balance")),
          ),
        ),
        element(
          "tbody",
          {},
          edge(say("members.opening"), opening),
          entries.map((entry) =>
            element(
              "tr",
              {},
              element("td", { title: moment(entry.at) }, date(entry.at)),
              element("td", {}, sentence(entry, branchName)),
              element("td", { class: "figure" }, change(entry.points)),
              element("td", { class: "figure" }, number(entry.balance)),
            ),
          ),
          edge(say("members.closing"), closing),
        ),
      ),
    ),
    chain === "whole"
      ? element("p", { class: "quiet" }, say("members.chain-whole"))
      : element("p", { class: "tone-bad" }, say("members.chain-broken", { entry: chain.broken_at })),
  ];
}

/**
 * @param {string} name
 * @param {number} balance
 */
function edge(name, balance) {
  return element("tr", {}, element("th", { scope: "row", colspan: 3 }, name), element("td", { class: "figure" }, element("strong", {}, number(balance))));
}

/**
 * @param {string} id
 * @param {string} value
 */
function dateInput(id, value) {
  return element("input", { type: "date", id, value });
}

/**
 * Saves a text as a file of comma-separated values.
 * @param {string} text
 * @param {string} name
 */
function save(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href: address, download: `${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
