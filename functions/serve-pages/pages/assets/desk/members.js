// Members of the desk: the search and its list on one side, the opened member on the other.

import { element, replace } from "../core/element.js";
import { pagedList } from "../core/list.js";
import { telling } from "../core/notice.js";
import { caller } from "../core/session.js";
import { isolate, say } from "../core/words.js";
import { lately, remember } from "./member/recent.js";
import { find, unfinished } from "./member/search.js";
import { go } from "./main.js";
import { listTitle } from "./title.js";

/** @typedef {import("./member/search.js").Member} Member */

const PAUSE_MS = 300;

/**
 * Builds the search, the list, and the place of the opened member.
 * @param {HTMLElement} main
 * @param {AbortSignal} signal
 */
export function mount(main, signal) {
  const { role } = caller();
  const side = element("section", { class: "members-opened" });
  let opened = /** @type {string | null | undefined} */ (undefined);
  let searched = "";

  const told = element("p", { class: "quiet", role: "status" });
  /** The rows by member, to show what was changed. @type {Map<string, HTMLElement>} */
  const rows = new Map();
  const changed = (/** @type {Member} */ member) => {
    const row = rows.get(member.member_id);
    if (row) replace(row, rowOf(member, null, member.member_id === opened));
  };
  const found = pagedList({
    name: say("members.name"),
    rows: "rows links",
    empty: () => (searched === "" ? say("members.search-first") : (unfinished(searched) ?? say("members.nobody"))),
    page: async () => {
      const asked = searched;
      const { hits, notes } = asked === "" ? { hits: await lately(signal), notes: [] } : await find(asked, signal);
      if (asked === searched) replace(told, summary(asked, hits.length), notes.map((note) => element("span", { class: "members-note" }, note)));
      return { data: hits, next_cursor: null };
    },
    row: ({ member, by }) => {
      const row = element("div", {}, rowOf(member, by, member.member_id === opened));
      rows.set(member.member_id, row);
      return row;
    },
  });
  found.list.setAttribute("data-keys", "");

  const search = searchBox((text, isAsked) => {
    if (text === searched && !isAsked) return;
    searched = text;
    found.load().then(() => {
      if (isAsked && text === searched) found.list.querySelector("a")?.focus();
    });
  });
  const enrolling = element("button", { type: "button", click: telling(async () => {
    const { enrol } = await import("./member/profile.js");
    const member = await enrol();
    if (member !== undefined && role !== "admin") go(`/desk/members/${member.member_id}`);
  }) }, say("members.new"));
  const mayRead = role === "agent" || role === "supervisor";
  const title = listTitle(say("desk.members"));
  const head = element("div", { class: "spread" }, title.node, role !== "supervisor" && enrolling);
  const list = element("section", { class: "stack" }, head, mayRead ? [search, told] : element("p", {}, say("members.not-admin")), found.node);
  replace(main, element("div", { class: "columns" }, list, side));
  /** Marks the row of the opened member. */
  const mark = () => {
    for (const link of found.list.querySelectorAll("a")) {
      if (link.pathname === `/desk/members/${opened}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };

  return async (/** @type {string | null} */ id) => {
    const before = opened;
    opened = id;
    title.show(id !== null && mayRead);
    mark();
    // The list of those opened lately is read when the list is come to; a search stays as it is.
    const listed = mayRead && searched === "" && (id === null || before === undefined) ? found.load() : null;
    if (!mayRead) main.removeAttribute("data-open");
    if (id === null || !mayRead) {
      replace(side, mayRead && element("p", { class: "quiet only-broad members-hint" }, say("members.choose")));
      await listed;
      const row = [...found.list.querySelectorAll("a")].find((link) => link.pathname === `/desk/members/${before}`);
      if (before) (row ?? search.querySelector("input"))?.focus();
      return;
    }
    const { openMember } = await import("./member/page.js");
    if (signal.aborted || opened !== id) return;
    await openMember(side, id, { signal, changed });
    remember(id);
  };
}

/**
 * Makes the row of a member.
 * @param {Member} member
 * @param {string | null} by what it was found by, where that is not seen
 * @param {boolean} isOpened
 */
function rowOf({ member_id, name, email, card_number, balance }, by, isOpened) {
  return [
    element(
      "div",
      { class: "spread" },
      element("a", { href: `/desk/members/${member_id}`, "aria-current": isOpened ? "true" : null }, name),
      element("span", { class: "figure" }, say("members.points", { n: balance.available })),
    ),
    element("p", { class: "hint" }, [email, card_number, by].flatMap((one) => (one === null ? [] : [isolate(one)])).join(" · ")),
  ];
}

/**
 * Makes the search box. It tells what was written after a pause, and at once with Enter.
 * @param {(text: string, isAsked: boolean) => void} tell
 */
function searchBox(tell) {
  let timer = 0;
  const hint = element("p", { class: "hint", id: "members-search-hint" }, say("members.search-hint"));
  const input = element("input", {
    type: "search",
    "aria-label": say("members.search"),
    "aria-describedby": hint.id,
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 254,
  });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(input.value.trim(), false), PAUSE_MS);
  });
  const form = element("form", { role: "search", class: "members-search", novalidate: true }, input, hint);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    tell(input.value.trim(), true);
  });
  return form;
}

/**
 * Says how many were found, or that these are the members opened lately.
 * @param {string} text
 * @param {number} count
 */
function summary(text, count) {
  if (text === "") return count === 0 ? "" : say("members.lately");
  return count === 0 ? "" : say("members.found", { n: count });
}
