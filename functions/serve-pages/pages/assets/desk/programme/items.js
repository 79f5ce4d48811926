// A list of the programme that is edited row by row: its promotions, tiers and branches.

import { ask } from "../../core/dialog.js";
import { element, replace } from "../../core/element.js";
import { say } from "../../core/words.js";
import { inWords, problemAt } from "./refusals.js";
import { button } from "./section.js";

/**
 * What a list holds. `read` makes a row of what was written in the dialog; fields of a row that the
 * dialog does not know stay.
 * @typedef {{
 *   key: "promotions" | "tiers" | "branches",
 *   name: string,
 *   empty: string,
 *   add: string,
 *   edit: string,
 *   fields: (item: any, index: number) => import("../../core/fields.js").Field[],
 *   read: (item: any, body: Record<string, any>, index: number) => any,
 *   row: (item: any) => import("../../core/element.js").Child | import("../../core/element.js").Child[],
 * }} Kind
 */

/**
 * Makes the list, which follows the draft.
 * @param {import("./draft.js").Draft} draft
 * @param {Kind} kind
 * @param {boolean} canEdit
 */
export function items(draft, kind, canEdit) {
  const list = element("ul", { role: "list", class: "rows", "aria-label": kind.name });
  const foot = element("div", { class: "actions" });
  const whole = element("div", { role: "alert" });
  const all = () => /** @type {any[]} */ (draft.program[kind.key]);

  function show() {
    replace(
      list,
      all().map((item, index) => element("li", { class: "programme-item" }, row(item, index))),
    );
    const isEmpty = all().length === 0;
    replace(
      foot,
      isEmpty && element("p", { class: "quiet" }, kind.empty),
      canEdit && button(kind.add, () => edit(null)),
    );
    const errors = draft.errorsAt(kind.key).filter(({ field }) => field === kind.key);
    replace(
      whole,
      errors.map((error) => element("p", { class: "refusal" }, inWords(error))),
    );
  }

  /**
   * @param {any} item
   * @param {number} index
   */
  function row(item, index) {
    const errors = draft.errorsAt(`${kind.key}[${index}]`);
    return [
      element(
        "div",
        { class: "grow" },
        kind.row(item),
        errors.map((error) => element("p", { class: "refusal" }, inWords(error))),
      ),
      canEdit &&
        element(
          "div",
          { class: "row" },
          button(say("programme.edit"), () => edit(index), { about: item.name }),
          button(say("programme.remove"), () => remove(index), { about: item.name }),
        ),
    ];
  }

  /** @param {number | null} index `null` adds a row */
  async function edit(index) {
    const at = index ?? all().length;
    const item = index === null ? null : all()[index];
    const errors = draft.errorsAt(`${kind.key}[${at}]`);
    const done = await ask({
      title: index === null ? kind.add : kind.edit,
      isBroad: kind.key === "promotions",
      fields: kind.fields(item, at),
      refused: errors.length > 0 ? problemAt(errors, `${kind.key}[${at}]`) : undefined,
      send: async (body) => {
        const rows = [...all()];
        rows[at] = kind.read(item, body, at);
        draft.set({ [kind.key]: rows });
        return true;
      },
    });
    if (done) focus(at);
  }

  /** @param {number} index */
  function remove(index) {
    draft.set({ [kind.key]: all().filter((_, i) => i !== index) });
    focus(Math.min(index, all().length - 1));
  }

  /** @param {number} index */
  function focus(index) {
    const target = list.children[index]?.querySelector("button") ?? foot.querySelector("button");
    target?.focus();
  }

  draft.listeners.add(show);
  show();
  return [list, whole, foot];
}
