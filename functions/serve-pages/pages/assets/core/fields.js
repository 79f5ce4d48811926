// Fields of forms: a label, a control, a hint, and the refusal of what was written.

import { element, replace } from "./element.js";
import { editable, minorUnits } from "./format.js";
import { apiWords } from "./refusals.js";
import { say } from "./words.js";
import { instantOf, localOf } from "./zone.js";

/**
 * A field. `name` is the path of the field in the body of the call, such as `invoice.branch`, so that a
 * refusal finds it. `money` fields hold minor units of `currency`, `moment` fields an instant, shown by the
 * clocks of `zone`, or else of the shop. `lines` are texts, one a line, and `several` are any number of the choices; both are
 * lists. `suggested` values may be taken or not. With `when` a field is shown only while another field has one of these values; a dialog shows the
 * fields of a `group` together, behind its title.
 * @typedef {{
 *   name: string,
 *   label: string,
 *   kind?: "text" | "email" | "tel" | "search" | "long" | "number" | "money" | "choice" | "switch" | "day" | "moment" | "file" | "lines" | "several",
 *   value?: string | number | boolean | string[] | null,
 *   required?: boolean,
 *   hint?: string,
 *   choices?: {value: string, text: string}[],
 *   suggested?: {value: string, text: string}[],
 *   currency?: string,
 *   min?: number | string,
 *   max?: number | string,
 *   longest?: number,
 *   accept?: string,
 *   zone?: string,
 *   when?: {name: string, values: string[]},
 *   group?: {title: string, isOpen?: boolean},
 * }} Field
 */

/**
 * A field on the page.
 * @typedef {{
 *   node: HTMLElement,
 *   control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement,
 *   name: string,
 *   read: () => string | number | boolean | string[] | File | null,
 *   refuse: (reason: string | null) => void,
 * }} Shown
 */

let counter = 0;

/**
 * Makes a field. `read` returns `null` where it is empty; a number or an amount that cannot be read is
 * refused at the field and thrown.
 * @param {Field} field
 * @returns {Shown}
 */
export function shown(field) {
  if (field.kind === "several") return several(field);
  const id = `field-${(counter += 1)}`;
  const notes = [field.hint && `${id}-hint`, `${id}-refusal`].filter(Boolean).join(" ");
  const list = field.suggested && `${id}-suggested`;
  const control = controlOf(field, { id, list, "aria-describedby": notes, required: field.required ?? false });
  const refusal = element("p", { class: "refusal", id: `${id}-refusal` });
  const hint = field.hint && element("p", { class: "hint", id: `${id}-hint` }, field.hint);
  const label = element("label", { for: id }, field.label);
  const isSwitch = field.kind === "switch";
  const node = element(
    "div",
    { class: isSwitch ? "field switch" : "field" },
    ...(isSwitch ? [control, label] : [label, control]),
    field.suggested ? element("datalist", { id: `${id}-suggested` }, options(field.suggested)) : null,
    hint || null,
    refusal,
  );
  /** @param {string | null} reason */
  const refuse = (reason) => {
    replace(refusal, reason);
    if (reason === null) control.removeAttribute("aria-invalid");
    else control.setAttribute("aria-invalid", "true");
    if (reason !== null) node.closest("details")?.setAttribute("open", "");
  };
  control.addEventListener("input", () => refuse(null));
  return { node, control, name: field.name, read: () => valueOf(field, control, refuse), refuse };
}

/**
 * Makes checkboxes under one legend.
 * @param {Field} field
 * @returns {Shown}
 */
function several(field) {
  const id = `field-${(counter += 1)}`;
  const chosen = Array.isArray(field.value) ? field.value : [];
  const boxes = (field.choices ?? []).map(({ value }) =>
    element("input", { type: "checkbox", value, checked: chosen.includes(value), "aria-describedby": `${id}-refusal` }),
  );
  const labels = boxes.map((box, i) => element("label", {}, box, field.choices?.[i].text));
  const refusal = element("p", { class: "refusal", id: `${id}-refusal` });
  const hint = field.hint ? element("p", { class: "hint" }, field.hint) : null;
  const node = element("fieldset", { class: "field several" }, element("legend", {}, field.label), element("div", { class: "row" }, labels), hint, refusal);
  /** @param {string | null} reason */
  const refuse = (reason) => {
    replace(refusal, reason);
    for (const box of boxes) {
      if (reason === null) box.removeAttribute("aria-invalid");
      else box.setAttribute("aria-invalid", "true");
    }
  };
  node.addEventListener("input", () => refuse(null));
  const read = () => boxes.filter((box) => box.checked).map((box) => box.value);
  return { node, control: boxes[0], name: field.name, read, refuse };
}

/**
 * Shows each field with `when` only while the other field has one of its values, now and later.
 * @param {Field[]} fields
 * @param {Shown[]} all
 */
export function dependent(fields, all) {
  fields.forEach((field, i) => {
    const other = all.find((one) => one.name === field.when?.name);
    if (field.when === undefined || other === undefined) return;
    const { values } = field.when;
    const follow = () => (all[i].node.hidden = !values.includes(other.control.value));
    other.control.addEventListener("input", follow);
    follow();
  });
}

/**
 * Reads all fields as a body: names with dots become objects, empty and hidden ones are left out.
 * @param {Shown[]} fields
 * @returns {Record<string, any>}
 */
export function body(fields) {
  /** @type {Record<string, any>} */
  const made = {};
  for (const field of fields) {
    const value = field.node.hidden ? null : field.read();
    if (value === null) continue;
    const path = field.name.split(".");
    const last = /** @type {string} */ (path.pop());
    let object = made;
    for (const part of path) object = object[part] ??= {};
    object[last] = value;
  }
  return made;
}

/**
 * Returns what is written in the fields as it is, by their names; a switch that is off is empty.
 * @param {Shown[]} fields
 * @returns {Record<string, string>}
 */
export function written(fields) {
  return Object.fromEntries(
    fields.map(({ name, control }) => [name, control.getAttribute("role") === "switch" && !control.matches(":checked") ? "" : control.value.trim()]),
  );
}

/**
 * Shows refusals at their fields. Returns those that no field is for.
 * @param {Shown[]} fields
 * @param {import("./api.js").Problem} problem
 * @returns {string[]}
 */
export function refuse(fields, problem) {
  /** @type {string[]} */
  const rest = [];
  let first = null;
  for (const error of problem.errors) {
    const field = fields.find((one) => error.field === one.name || [".", "["].some((mark) => error.field.startsWith(one.name + mark)));
    if (field === undefined) rest.push(`${error.field}: ${apiWords(error)}`);
    field?.refuse(apiWords(error));
    first ??= field?.control ?? null;
  }
  first?.focus();
  return rest;
}

/**
 * @param {{value: string, text: string}[]} choices
 * @param {string | number | boolean} [chosen]
 */
function options(choices, chosen) {
  return choices.map(({ value, text }) => element("option", { value, selected: value === chosen }, text));
}

/**
 * @param {Field} field
 * @param {import("./element.js").Attributes} shared
 */
function controlOf(field, shared) {
  const value = Array.isArray(field.value) ? field.value.join("\n") : field.value ?? "";
  if (field.kind === "long" || field.kind === "lines") {
    const control = element("textarea", { ...shared, rows: 3, maxlength: field.longest });
    control.value = String(value);
    return control;
  }
  if (field.kind === "choice") {
    return element("select", shared, options(field.choices ?? [], value));
  }
  if (field.kind === "switch")
    return element("input", { ...shared, type: "checkbox", role: "switch", checked: value === true });
  const types = { number: "number", day: "date", moment: "datetime-local", file: "file", email: "email", tel: "tel", search: "search" };
  const type = /** @type {Record<string, string>} */ (types)[field.kind ?? ""] ?? "text";
  const written =
    value === "" ? "" : field.kind === "money" ? editable(Number(value), field.currency ?? "") : field.kind === "moment" ? localOf(String(value), field.zone) : value;
  return element("input", {
    ...shared,
    type,
    value: String(written),
    min: field.min,
    max: field.max,
    maxlength: field.longest,
    accept: field.accept,
    inputmode: field.kind === "money" ? "decimal" : undefined,
    autocomplete: "off",
  });
}

/**
 * @param {Field} field
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} control
 * @param {(reason: string | null) => void} refuse
 */
function valueOf(field, control, refuse) {
  if (field.kind === "switch") return /** @type {HTMLInputElement} */ (control).checked;
  if (field.kind === "file") return /** @type {HTMLInputElement} */ (control).files?.[0] ?? null;
  const text = control.value.trim();
  if (field.kind === "lines") return text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (text === "") return null;
  if (field.kind === "number") return Number(text);
  if (field.kind === "moment") return instantOf(text, field.zone);
  if (field.kind !== "money") return text;
  const amount = minorUnits(text, field.currency ?? "");
  if (amount === null) {
    refuse(say("field.not-an-amount"));
    control.focus();
    throw new Refused();
  }
  return amount;
}

/** A field was refused on the page, in words beside it. */
export class Refused extends Error {}
