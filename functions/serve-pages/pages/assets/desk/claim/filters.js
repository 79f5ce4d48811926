// Which claims the list shows: how far they are, and whose they are.

import { element, replace } from "../../core/element.js";
import { shown } from "../../core/fields.js";
import { plainList } from "../../core/list.js";
import { reason } from "../../core/notice.js";
import { say, sayCode } from "../../core/words.js";
import { find, unfinished } from "../member/search.js";

/** @typedef {{status: string, member_id: string}} Wanted `""` is no filter */

const STATUSES = ["received", "investigating", "waiting", "resolved", "rejected"];
const TYPING_MS = 300;
const HITS_MAX = 8;

/**
 * Reads the filters from the address.
 * @returns {Wanted}
 */
export function wanted() {
  const query = new URLSearchParams(location.search);
  return { status: query.get("status") ?? "", member_id: query.get("member_id") ?? "" };
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
 * Makes the fields of the filters. A customer is searched for, and chosen from those who are found.
 * @param {(part: Partial<Wanted>) => void} change
 * @param {AbortSignal} signal
 * @returns {{node: HTMLElement, show: (now: Wanted) => void}}
 */
export function filters(change, signal) {
  const status = shown({
    name: "status",
    label: say("claims.status"),
    kind: "choice",
    choices: [{ value: "", text: say("claims.unresolved") }, ...STATUSES.map((one) => ({ value: one, text: sayCode("claims.status", one) }))],
  });
  const search = shown({ name: "customer", label: say("claims.search"), kind: "search", longest: 254 });
  const hits = element("div", { "aria-live": "polite" });
  const chosen = element("p", { class: "row" });
  let timer = 0;
  let asked = 0;

  status.control.addEventListener("change", () => change({ status: status.control.value }));
  search.control.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, TYPING_MS);
  });
  search.control.addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key !== "Enter") return;
    clearTimeout(timer);
    look();
  });

  async function look() {
    const text = search.control.value.trim();
    const mine = (asked += 1);
    if (text === "") return replace(hits);
    const lacks = unfinished(text);
    if (lacks !== null) return replace(hits, element("p", { class: "hint" }, lacks));
    try {
      const found = await find(text, signal);
      if (mine !== asked) return;
      const buttons = found.hits.slice(0, HITS_MAX).map(({ member }) =>
        element("button", { type: "button", class: "plain small", click: () => choose(member) }, member.name ?? member.member_id),
      );
      replace(hits, plainList(say("claims.customers"), buttons, say("claims.no-customer"), "claims-hits"));
    } catch (error) {
      if (mine === asked && !signal.aborted) replace(hits, element("p", { class: "refusal" }, reason(error)));
    }
  }

  /** @param {{member_id: string, name: string | null}} member */
  function choose(member) {
    search.control.value = "";
    replace(hits);
    change({ member_id: member.member_id });
    tell(member.name ?? member.member_id);
    chosen.querySelector("button")?.focus();
  }

  /** @param {string} name */
  function tell(name) {
    const all = element("button", { type: "button", class: "small", click: clear }, say("claims.all-customers"));
    replace(chosen, element("span", {}, say("claims.only-of", { name })), all);
  }

  function clear() {
    change({ member_id: "" });
    search.control.focus();
  }

  return {
    node: element("search", { class: "claims-filters" }, status.node, search.node, hits, chosen),
    show(now) {
      status.control.value = now.status;
      if (now.member_id === "") replace(chosen);
      else if (chosen.childElementCount === 0) nameOf(now.member_id).then((name) => chosen.isConnected && tell(name));
    },
  };

  /** @param {string} member_id */
  async function nameOf(member_id) {
    const found = await find(member_id, signal).catch(() => ({ hits: [] }));
    return found.hits[0]?.member.name ?? member_id;
  }
}
