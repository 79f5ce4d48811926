// The statement: what moved points in a period, also as a sheet.

import { Problem, get } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { body, refuse, shown } from "../core/fields.js";
import { change, moment, number } from "../core/format.js";
import { announce, loading, reason } from "../core/notice.js";
import { sentence } from "../core/sentence.js";
import { say } from "../core/words.js";
import { dayIn } from "../core/zone.js";
import { branchName } from "./state.js";

/** @typedef {import("puntos").components["schemas"]["StatementAnswer"]} Statement */

const PATH = "/v1/members/me/statement";

/** Makes the form and the place for what it shows. */
export function statement() {
  const today = dayIn();
  const fields = [
    shown({ name: "from", label: say("shop.from"), kind: "day", value: `${today.slice(0, 7)}-01` }),
    shown({ name: "to", label: say("shop.to"), kind: "day", value: today }),
  ];
  const place = element("div", {});
  const show = () => loading(place, async () => table(await read("application/json")));
  const form = element(
    "form",
    { novalidate: true },
    element("div", { class: "pair" }, fields.map((field) => field.node)),
    element(
      "div",
      { class: "actions" },
      element("button", { type: "submit" }, say("shop.show-statement")),
      element("button", { type: "button", click: download }, say("plot.csv")),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });

  /** @param {string} accept */
  async function read(accept) {
    try {
      return await get(PATH, body(fields), { accept });
    } catch (error) {
      if (error instanceof Problem) refuse(fields, error);
      throw error;
    }
  }

  async function download() {
    try {
      const text = await read("text/csv");
      const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      element("a", { href: address, download: `${say("shop.statement")}.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (error) {
      announce(reason(error));
    }
  }

  return [form, place];
}

/** @param {Statement} statement */
function table({ opening, entries, closing }) {
  const rows = entries.map((entry) =>
    element(
      "li",
      { class: "line" },
      element("span", {}, sentence(entry, branchName), element("span", { class: "quiet" }, ` ${moment(entry.at)}`)),
      element("span", { class: "figure" }, change(entry.points)),
    ),
  );
  return element(
    "ul",
    { role: "list", class: "reasons", "aria-label": say("shop.statement") },
    edge(say("shop.opening"), opening),
    rows,
    edge(say("shop.closing"), closing),
  );
}

/**
 * @param {string} name
 * @param {number} points
 */
function edge(name, points) {
  return element("li", { class: "line edge" }, element("span", {}, name), element("span", { class: "figure" }, number(points)));
}
