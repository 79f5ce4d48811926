// The earning table: in sentences for everyone, and as a table that an administrator edits on the spot.

import { element, replace } from "../../core/element.js";
import { Refused, shown } from "../../core/fields.js";
import { minorUnits, money, number } from "../../core/format.js";
import { say } from "../../core/words.js";
import { inWords } from "./refusals.js";
import { button, section } from "./section.js";

/** @typedef {import("puntos").components["schemas"]["Earning"]} Earning */
/** @typedef {import("puntos").components["schemas"]["Bracket"]} Bracket */
/** @typedef {import("../../core/fields.js").Shown} Shown */

/**
 * @param {import("./draft.js").Draft} draft
 * @param {boolean} canEdit
 */
export function earning(draft, canEdit) {
  const sentences = element("div", { class: "programme-sentences" });
  const tell = () => {
    const { earning, currency } = draft.program;
    replace(sentences, inSentences(earning, currency), canEdit ? null : readable(earning, currency));
  };
  draft.listeners.add(tell);
  tell();
  return section("earning", sentences, canEdit && table(draft));
}

/**
 * The table in sentences.
 * @param {Earning} earning
 * @param {string} currency
 */
function inSentences({ mode, step_amount, brackets }, currency) {
  const write = (/** @type {number} */ amount) => money({ amount, currency });
  const step = write(step_amount);
  const told = brackets.map(({ up_to, points_per_step: n }, i) => {
    const below = i === 0 ? null : (brackets[i - 1].up_to ?? null);
    if (up_to !== null && below === null) return say("programme.earning.up-to", { n, step, top: write(up_to) });
    if (up_to !== null && below !== null)
      return say("programme.earning.between", { n, step, low: write(below), top: write(up_to) });
    return below === null
      ? say("programme.earning.all", { n, step })
      : say("programme.earning.above", { n, step, low: write(below) });
  });
  const modes = { slab: say("programme.earning.slab"), marginal: say("programme.earning.marginal") };
  return [
    element(
      "ul",
      { role: "list", "aria-label": say("programme.earning.rates") },
      told.map((text) => element("li", {}, text)),
    ),
    brackets.length > 1 ? element("p", { class: "quiet" }, modes[mode]) : null,
  ];
}

/**
 * The table to read.
 * @param {Earning} earning
 * @param {string} currency
 */
function readable({ step_amount, brackets }, currency) {
  const write = (/** @type {number} */ amount) => money({ amount, currency });
  const heads = [say("programme.earning.top"), `${say("programme.earning.points")} (${write(step_amount)})`];
  const rows = brackets.map(({ up_to, points_per_step }, i) =>
    element(
      "tr",
      {},
      element("td", {}, up_to === null ? say(i === 0 ? "programme.earning.every" : "programme.earning.rest") : write(up_to)),
      element("td", {}, number(points_per_step)),
    ),
  );
  return element(
    "table",
    { class: "programme-rates", "aria-label": say("programme.earning.table") },
    element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, rows),
  );
}

/**
 * The table to edit. It is built anew only when rows come or go, so that the focus stays where one writes.
 * @param {import("./draft.js").Draft} draft
 */
function table(draft) {
  const node = element("form", { novalidate: true, submit: (event) => event.preventDefault() });
  /** @type {Record<string, Shown>} */
  let fields = {};
  let isWriting = false;
  let shownNow = "";
  /** @type {Set<string>} */
  const isRefused = new Set();

  function build() {
    const { earning, currency } = draft.program;
    fields = {};
    shownNow = JSON.stringify(earning);
    const field = (/** @type {import("../../core/fields.js").Field} */ one) => (fields[one.name] = shown(one)).node;
    const rows = earning.brackets.map(({ up_to, points_per_step }, i) => {
      const isLast = i === earning.brackets.length - 1;
      return element(
        "tr",
        {},
        element(
          "td",
          {},
          isLast
            ? element(
                "p",
                { class: "programme-open" },
                say(i === 0 ? "programme.earning.every" : "programme.earning.rest"),
              )
            : field({
                name: `brackets[${i}].up_to`,
                label: say("programme.earning.top-of", { n: i + 1 }),
                kind: "money",
                currency,
                value: up_to,
              }),
        ),
        element(
          "td",
          {},
          field({
            name: `brackets[${i}].points_per_step`,
            label: say("programme.earning.points-of", { n: i + 1 }),
            kind: "number",
            min: 0,
            value: points_per_step,
          }),
        ),
        element(
          "td",
          {},
          earning.brackets.length > 1 &&
            button(say("programme.remove"), () => remove(i), { about: say("programme.earning.bracket", { n: i + 1 }) }),
        ),
      );
    });
    const heads = [say("programme.earning.top"), say("programme.earning.points"), ""];
    replace(
      node,
      element(
        "div",
        { class: "programme-pair" },
        field({
          name: "step_amount",
          label: say("programme.earning.step", { currency }),
          kind: "money",
          currency,
          value: earning.step_amount,
        }),
        field({
          name: "mode",
          label: say("programme.earning.mode"),
          kind: "choice",
          value: earning.mode,
          choices: [
            { value: "slab", text: say("programme.earning.mode-slab") },
            { value: "marginal", text: say("programme.earning.mode-marginal") },
          ],
        }),
      ),
      element(
        "table",
        { class: "programme-brackets", "aria-label": say("programme.earning.table") },
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            heads.map((head) => (head === "" ? element("td", {}) : element("th", { scope: "col" }, head))),
          ),
        ),
        element("tbody", {}, rows),
      ),
      element("div", { class: "actions" }, button(say("programme.earning.add"), add)),
    );
    refused();
  }

  /** Takes over what is written, unless a field cannot be read. */
  function write() {
    const before = draft.program.earning;
    const number = (/** @type {string} */ name) => /** @type {number | null} */ (fields[name].read());
    try {
      const brackets = before.brackets.map((bracket, i) => ({
        ...bracket,
        up_to: `brackets[${i}].up_to` in fields ? number(`brackets[${i}].up_to`) : null,
        points_per_step: number(`brackets[${i}].points_per_step`) ?? 0,
      }));
      const mode = /** @type {Earning["mode"]} */ (fields.mode.read());
      keep({ ...before, mode, step_amount: number("step_amount") ?? 0, brackets });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      shownNow = "";
    }
  }

  /** @param {Earning} earning */
  function keep(earning) {
    isWriting = true;
    shownNow = JSON.stringify(earning);
    draft.set({ earning });
    isWriting = false;
  }

  function add() {
    const { earning } = draft.program;
    const last = earning.brackets[earning.brackets.length - 1];
    const below = earning.brackets[earning.brackets.length - 2]?.up_to ?? 0;
    const closed = { ...last, up_to: below === 0 ? earning.step_amount * 10 : below * 2 };
    keep({ ...earning, brackets: [...earning.brackets.slice(0, -1), closed, { ...last, up_to: null }] });
    build();
    fields[`brackets[${earning.brackets.length - 1}].up_to`].control.focus();
  }

  /** @param {number} index */
  function remove(index) {
    const { earning } = draft.program;
    const left = earning.brackets.filter((_, i) => i !== index);
    keep({
      ...earning,
      brackets: left.map((bracket, i) => (i === left.length - 1 ? { ...bracket, up_to: null } : bracket)),
    });
    build();
    fields[`brackets[${Math.min(index, left.length - 1)}].points_per_step`].control.focus();
  }

  /** Shows what is refused at its field. */
  function refused() {
    const errors = draft.errorsAt("earning");
    for (const [name, field] of Object.entries(fields)) {
      const error = errors.find((one) => one.field === `earning.${name}`);
      if (error) field.refuse(inWords(error));
      else if (isRefused.delete(name)) field.refuse(null);
      if (error) isRefused.add(name);
    }
  }

  // While one types, an amount that is not whole yet is no refusal.
  const isReadable = (/** @type {Shown} */ { name, control }) =>
    !/up_to|step_amount/.test(name) || minorUnits(control.value, draft.program.currency) !== null;
  node.addEventListener("input", () => Object.values(fields).every(isReadable) && write());
  node.addEventListener("change", write);
  draft.listeners.add(() => {
    if (isWriting) return;
    if (JSON.stringify(draft.program.earning) === shownNow) refused();
    else build();
  });

  build();
  return node;
}
