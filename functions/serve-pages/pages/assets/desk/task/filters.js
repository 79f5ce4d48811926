// What the lists of tasks show: the day and the filters. They are in the address, so a reload and a link keep them.

import { element } from "../../core/element.js";
import { shown } from "../../core/fields.js";
import { caller } from "../../core/session.js";
import { say, sayCode } from "../../core/words.js";

/** @typedef {{day: string, kind: string, status: string, agent: string, name: string}} Wanted `""` is no filter */

const KINDS = ["check_in", "connect", "autoship_reminder", "reconnect", "card_failed", "product_returned", "autoship_changed", "upgrade", "claim_follow_up"];
const STATUSES = ["open", "completed", "lapsed"];
const NAMES = /** @type {const} */ (["day", "kind", "status", "agent", "name"]);
const TYPING_MS = 250;

/**
 * Reads the filters from the address.
 * @returns {Wanted}
 */
export function wanted() {
  const query = new URLSearchParams(location.search);
  const [day, kind, status, agent, name] = NAMES.map((one) => query.get(one) ?? "");
  return { day, kind, status, agent, name };
}

/**
 * Writes the filters into the address.
 * @param {Wanted} now
 */
export function keep(now) {
  const query = new URLSearchParams(Object.entries(now).filter(([, value]) => value !== ""));
  history.replaceState(null, "", query.size === 0 ? location.pathname : `${location.pathname}?${query}`);
}

/**
 * Makes the fields of the filters.
 * @param {import("../agents.js").Agents} names
 * @param {(part: Partial<Wanted>) => void} change
 * @returns {{node: HTMLElement, show: (now: Wanted) => void}}
 */
export function filters(names, change) {
  const others = [...names].filter(([id]) => id !== caller().subject).sort((a, b) => a[1].localeCompare(b[1]));
  const search = shown({ name: "name", label: say("tasks.search"), kind: "search", longest: 120 });
  const kind = choice("kind", say("tasks.kind"), [["", say("tasks.every-kind")], ...KINDS.map((one) => [one, sayCode("tasks.kind", one)])]);
  const status = choice("status", say("tasks.status"), STATUSES.map((one) => [one, sayCode("tasks.status", one)]));
  const agent = choice("agent", say("tasks.agent"), [
    ["", say("agents.everybody")],
    ["me", say("agents.me")],
    ["none", say("agents.nobody")],
    ...others,
  ]);
  let timer = 0;
  search.control.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => change({ name: search.control.value.trim() }), TYPING_MS);
  });
  kind.control.addEventListener("change", () => change({ kind: kind.control.value }));
  agent.control.addEventListener("change", () => change({ agent: agent.control.value }));
  // Without a status the API lists what is open, and completed reminders until their order: the day's work.
  status.control.addEventListener("change", () => change({ status: status.control.value === "open" ? "" : status.control.value }));
  const fields = [search, agent, kind, status];
  return {
    node: element("search", { class: "tasks-filters" }, fields.map((field) => field.node)),
    show(now) {
      if (document.activeElement !== search.control) search.control.value = now.name;
      kind.control.value = now.kind;
      status.control.value = now.status || "open";
      if (now.agent !== "" && ![...agent.control.querySelectorAll("option")].some((one) => one.value === now.agent))
        agent.control.append(element("option", { value: now.agent }, now.agent));
      agent.control.value = now.agent;
    },
  };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string[][]} choices values and their words
 */
function choice(name, label, choices) {
  return shown({ name, label, kind: "choice", choices: choices.map(([value, text]) => ({ value, text })) });
}
