// A group of settings as facts, with the dialog that edits them.

import { ask } from "../../core/dialog.js";
import { element, replace } from "../../core/element.js";
import { money, number } from "../../core/format.js";
import { say, sayCode } from "../../core/words.js";
import { inWords, problemAt } from "./refusals.js";
import { button, section } from "./section.js";
import { GROUPS, changesOf, fieldsOf } from "./settings.js";

/** @typedef {import("../../core/fields.js").Field} Field */

/**
 * The section of all single settings.
 * @param {import("./draft.js").Draft} draft
 * @param {boolean} canEdit
 */
export function settings(draft, canEdit) {
  return section(
    "settings",
    element(
      "div",
      { class: "programme-groups" },
      GROUPS.map((group) => facts(draft, group, canEdit)),
    ),
  );
}

/**
 * One group, which follows the draft.
 * @param {import("./draft.js").Draft} draft
 * @param {import("./settings.js").Group} group
 * @param {boolean} canEdit
 */
export function facts(draft, group, canEdit) {
  const title = sayCode("programme.group", group);
  const list = element("dl", { class: "programme-facts" });
  const errorsOf = (/** @type {Field[]} */ fields) => fields.flatMap(({ name }) => draft.errorsAt(name));
  const node = element(
    "div",
    { class: "programme-group" },
    element(
      "div",
      { class: "spread" },
      element("h3", {}, title),
      canEdit && button(say("programme.edit"), edit, { about: title }),
    ),
    list,
  );

  function show() {
    replace(
      list,
      fieldsOf(group, draft.program).map((field) =>
        element(
          "div",
          {},
          element("dt", {}, field.label),
          element(
            "dd",
            {},
            written(field),
            draft.errorsAt(field.name).map((error) => element("p", { class: "refusal" }, inWords(error))),
          ),
        ),
      ),
    );
  }

  function edit() {
    const fields = fieldsOf(group, draft.program);
    const errors = errorsOf(fields);
    return ask({
      title,
      fields,
      button: say("programme.edit-done"),
      refused: errors.length > 0 ? problemAt(errors) : undefined,
      send: async (body) => draft.set(changesOf(fields, draft.program, body)),
    });
  }

  draft.listeners.add(show);
  show();
  return node;
}

/** Writes the value of a field. @param {Field} field */
function written({ kind, value, currency, choices }) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return "–";
  if (kind === "switch") return value ? say("programme.yes") : say("programme.no-word");
  if (kind === "money") return money({ amount: Number(value), currency: currency ?? "" });
  if (kind === "number") return number(Number(value));
  const told = [value].flat().map((one) => choices?.find((choice) => choice.value === one)?.text ?? String(one));
  return told.join(", ");
}
