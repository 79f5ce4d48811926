// Lists of the API, page by page: a named list, its states, and a button for more.

import { element, replace } from "./element.js";
import { failure } from "./notice.js";
import { say } from "./words.js";

/** A page may be short and still have a cursor: how many are read for one look. */
const PAGES_MAX = 5;

/**
 * A list on the page. `load` empties it and reads the first page.
 * @typedef {{node: HTMLElement, list: HTMLUListElement, load: () => Promise<void>}} List
 */

/**
 * Makes a list. It exists, with its name, while it is empty.
 * @param {{
 *   name: string,
 *   page: (cursor: string | null) => Promise<{data: any[], next_cursor: string | null}>,
 *   row: (one: any) => import("./element.js").Child | import("./element.js").Child[],
 *   empty: string | (() => string),
 *   rows?: string,
 * }} options `rows` is the class of the list
 * @returns {List}
 */
export function pagedList({ name, page, row, empty, rows }) {
  const list = element("ul", { role: "list", "aria-label": name, class: rows ?? "rows" });
  const foot = element("div", { class: "foot" });
  const node = element("div", { class: "list" }, list, foot);
  let version = 0;

  /** @param {string | null} cursor */
  async function more(cursor) {
    const mine = version;
    list.setAttribute("aria-busy", "true");
    replace(foot, element("p", { class: "quiet loading" }, say("loading")));
    try {
      let next = cursor;
      let found = 0;
      for (let pages = 0; pages < PAGES_MAX && (pages === 0 || (found === 0 && next !== null)); pages += 1) {
        const answer = await page(next);
        if (mine !== version) return;
        const items = answer.data.map((one) => element("li", {}, row(one)));
        list.append(...items);
        found += items.length;
        next = answer.next_cursor;
        const target = items[0]?.querySelector("a, button");
        if (cursor !== null && target instanceof HTMLElement) target.focus();
      }
      replace(foot, next === null ? null : again(next));
      if (list.childElementCount === 0 && next === null)
        replace(foot, element("p", { class: "quiet empty" }, typeof empty === "string" ? empty : empty()));
    } catch (error) {
      if (mine === version) replace(foot, failure(error, () => more(cursor)));
    } finally {
      if (mine === version) list.removeAttribute("aria-busy");
    }
  }

  /** @param {string} cursor */
  function again(cursor) {
    return element("button", { type: "button", click: () => more(cursor) }, say("more"));
  }

  return {
    node,
    list,
    load() {
      version += 1;
      replace(list);
      return more(null);
    },
  };
}

/**
 * Makes a list of what is here already.
 * @param {string} name
 * @param {import("./element.js").Child[]} items
 * @param {string} [empty] the words where there are none
 * @param {string} [rows] the class of the list
 */
export function plainList(name, items, empty, rows = "rows") {
  const list = element("ul", { role: "list", "aria-label": name, class: rows }, items.map((one) => element("li", {}, one)));
  const words = items.length === 0 && empty ? element("p", { class: "quiet empty" }, empty) : null;
  return element("div", { class: "list" }, list, words);
}
