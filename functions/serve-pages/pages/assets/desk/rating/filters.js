// The filters of the ratings. They live in the address, so that a page can be linked and survives a reload.

import { element } from "../../core/element.js";
import { shown } from "../../core/fields.js";
import { browserWords } from "../../core/refusals.js";
import { caller } from "../../core/session.js";
import { say, sayCode } from "../../core/words.js";
import { branches } from "../branches.js";

/**
 * `customer` is the beginning of a name, `member` the id of one customer; empty texts filter nothing.
 * @typedef {{from: string, to: string, branch: string, customer: string, member: string, sort: string, order: string}} Filters
 */

/** The order in which each sort begins. */
const ORDERS = /** @type {Record<string, "asc" | "desc">} */ ({ date: "desc", score: "desc", name: "asc", unread: "desc", branch: "asc" });
const NAMES = /** @type {const} */ (["from", "to", "branch", "customer", "member", "sort", "order"]);
const TYPING_MS = 350;
const FIRST_DAY = "2000-01-01";

/** Reads the filters of an address. @param {string} search @returns {Filters} */
export function read(search) {
  const query = new URLSearchParams(search);
  const [from, to, branch, customer, member, sort, order] = NAMES.map((name) => query.get(name) ?? "");
  const known = sort in ORDERS ? sort : "date";
  return { from, to, branch, customer, member, sort: known, order: ["asc", "desc"].includes(order) ? order : ORDERS[known] };
}

/** Writes filters as the query of an address; what is usual is left out. @param {Filters} filters */
export function write(filters) {
  const usual = { ...read(""), sort: "date", order: ORDERS[filters.sort] };
  const changed = NAMES.filter((name) => filters[name] !== usual[name]).map((name) => [name, filters[name]]);
  return changed.length === 0 ? "" : `?${new URLSearchParams(changed)}`;
}

/**
 * Makes the controls.
 * @param {Filters} first
 * @param {(filters: Filters) => void} changed
 * @returns {{node: HTMLElement, show: (filters: Filters) => void}}
 */
export function controls(first, changed) {
  let filters = first;
  const from = shown({ name: "from", label: say("ratings.from"), kind: "day", min: FIRST_DAY });
  const to = shown({ name: "to", label: say("ratings.to"), kind: "day", min: FIRST_DAY });
  const branch = shown({ name: "branch", label: say("ratings.branch"), kind: "choice", choices: [{ value: "", text: say("ratings.all-branches") }] });
  const customer = shown({ name: "customer", label: say("ratings.customer"), kind: "search", longest: 120 });
  const sorts = Object.keys(ORDERS).map((value) => ({ value, text: sayCode("ratings.sort", value) }));
  const sort = shown({ name: "sort", label: say("ratings.sort"), kind: "choice", choices: sorts });
  const order = shown({ name: "order", label: say("ratings.order"), kind: "choice", choices: [] });
  const fields = { from, to, branch, customer, sort, order };
  const reset = element("button", { type: "button", class: "small", click: () => tell({ from: "", to: "", customer: "", member: "" }) }, say("ratings.reset"));
  const member = element("p", { class: "tag", hidden: true }, say("ratings.one-customer"));
  const node = element(
    "form",
    { class: "ratings-filters", "aria-label": say("ratings.filters"), novalidate: true, submit: (/** @type {Event} */ event) => event.preventDefault() },
    Object.values(fields).map((field) => field.node),
    element("div", { class: "row ratings-reset" }, reset, member),
  );
  // They filter and sort the list, which administrators do not see.
  for (const field of [customer, sort, order]) field.node.hidden = caller().role === "admin";
  let typing = 0;

  /** @param {Partial<Filters>} change */
  function tell(change) {
    clearTimeout(typing);
    filters = { ...filters, ...change };
    show(filters);
    if (isPeriod(from, to)) changed(filters);
  }

  /** @param {Filters} next */
  function show(next) {
    filters = next;
    offer(order.control, ["desc", "asc"].map((value) => ({ value, text: sayCode(`ratings.order.${filters.sort}`, value) })));
    if (filters.branch !== "" && !has(branch.control, filters.branch)) branch.control.append(element("option", { value: filters.branch }, filters.branch));
    for (const [name, { control }] of Object.entries(fields)) {
      const value = filters[/** @type {keyof typeof fields} */ (name)];
      // What somebody writes is not touched: a day is empty until it is whole.
      if (control !== document.activeElement || value === "" || control instanceof HTMLSelectElement) control.value = value;
    }
    member.hidden = filters.member === "";
  }

  for (const field of [from, to, customer]) {
    field.control.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => tell({ from: from.control.value, to: to.control.value, customer: customer.control.value.trim() }), TYPING_MS);
    });
  }
  branch.control.addEventListener("change", () => tell({ branch: branch.control.value }));
  sort.control.addEventListener("change", () => tell({ sort: sort.control.value, order: ORDERS[sort.control.value] }));
  order.control.addEventListener("change", () => tell({ order: order.control.value }));
  branches().then((all) => {
    const chosen = branch.control.value;
    for (const one of all) if (!has(branch.control, one.id)) branch.control.append(element("option", { value: one.id }, one.name));
    for (const option of branch.control.querySelectorAll("option")) option.textContent = all.find((one) => one.id === option.value)?.name ?? option.textContent;
    branch.control.value = chosen;
  });
  show(first);
  return { node, show };
}

/**
 * Whether two days can be looked at; says at their fields why not.
 * @param {import("../../core/fields.js").Shown} from
 * @param {import("../../core/fields.js").Shown} to
 */
function isPeriod(from, to) {
  for (const field of [from, to]) field.refuse(browserWords(field.control));
  const isReversed = from.control.value !== "" && to.control.value !== "" && to.control.value < from.control.value;
  if (isReversed) to.refuse(say("ratings.reversed"));
  return !isReversed && from.control.checkValidity() && to.control.checkValidity();
}

/**
 * @param {HTMLElement} select
 * @param {{value: string, text: string}[]} choices
 */
function offer(select, choices) {
  select.replaceChildren(...choices.map(({ value, text }) => element("option", { value }, text)));
}

/**
 * @param {HTMLElement} select
 * @param {string} value
 */
function has(select, value) {
  return [...select.querySelectorAll("option")].some((option) => option.value === value);
}
