// Tries a basket: what a purchase would earn and why, and which promotions do not apply. Nothing is written.

import { Problem, change } from "../../core/api.js";
import { element, replace } from "../../core/element.js";
import { Refused, body as bodyOf, refuse, shown } from "../../core/fields.js";
import { change as signed, money } from "../../core/format.js";
import { reason } from "../../core/notice.js";
import { enableAgain } from "../../core/waiting.js";
import { say, sayCode } from "../../core/words.js";
import { worded } from "./refusals.js";
import { section } from "./section.js";

/** @typedef {import("puntos").components["schemas"]["QuoteAnswer"]} Quote */

/** @param {import("./draft.js").Draft} draft */
export function basket({ newest }) {
  const { currency, branches } = newest;
  const label = (/** @type {string} */ name) => sayCode("programme.basket.field", name);
  const fields = [
    shown({ name: "total", kind: "money", currency, label: label("total"), required: true }),
    shown({ name: "card_number", label: label("card_number"), hint: say("programme.basket.card-hint") }),
    branches.length > 0
      ? shown({
          name: "branch",
          kind: "choice",
          label: label("branch"),
          choices: [{ value: "", text: "–" }, ...branches.map(({ id, name }) => ({ value: id, text: name }))],
        })
      : shown({ name: "branch", label: label("branch") }),
    shown({ name: "category", label: label("category"), hint: say("programme.basket.goods-hint") }),
    shown({ name: "sku", label: label("sku") }),
  ];
  const alert = element("div", { role: "alert" });
  const result = element("div", { class: "stack", role: "status" });
  const submit = element("button", { type: "submit", class: "primary" }, say("programme.basket.ask"));
  const form = element(
    "form",
    { novalidate: true, submit: send },
    element(
      "div",
      { class: "programme-pair" },
      fields.map(({ node }) => node),
    ),
    alert,
    element("div", { class: "actions" }, submit),
  );

  /** @param {SubmitEvent} event */
  async function send(event) {
    event.preventDefault();
    replace(alert);
    if (fields[0].control.value.trim() === "") {
      fields[0].refuse(say("field.missing"));
      return fields[0].control.focus();
    }
    submit.disabled = true;
    try {
      const { total: amount, category, sku, ...rest } = bodyOf(fields);
      const total = { amount, currency };
      const lines =
        category || sku ? [{ sku: sku ?? "-", category: category ?? null, quantity: 1, amount: total }] : null;
      replace(result, found(await worded(change("POST", "/v1/purchases/quote", { ...rest, total, lines }))));
    } catch (error) {
      if (error instanceof Refused) return;
      const left = error instanceof Problem ? refuse(fields, error) : [];
      if (!(error instanceof Problem) || error.errors.length === left.length)
        replace(alert, element("p", { class: "refusal" }, reason(error)));
    } finally {
      enableAgain(submit);
    }
  }

  /** @param {Quote} quote */
  function found({ points, explanation, not_applied: missed }) {
    return [
      element("p", { class: "big" }, say("programme.basket.points", { n: points })),
      element(
        "ul",
        { class: "rows", role: "list", "aria-label": say("programme.basket.why") },
        explanation.map((row) =>
          element(
            "li",
            { class: "spread" },
            element("span", {}, row.text, " ", element("span", { class: "quiet" }, money(row.base))),
            element("span", { class: "programme-number" }, signed(row.points)),
          ),
        ),
      ),
      missed.length > 0 && element("h3", {}, say("programme.basket.missed")),
      missed.length > 0 &&
        element(
          "ul",
          { role: "list" },
          missed.map((row) => element("li", {}, row.text)),
        ),
    ];
  }

  return section("basket", element("p", { class: "hint" }, say("programme.basket.what")), form, result);
}
