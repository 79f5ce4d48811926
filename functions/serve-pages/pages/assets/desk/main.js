// The desk: navigation, and the part of the page that the address names. Each part has a file of its own,
// which is loaded when it is opened.

import { element, replace } from "../core/element.js";
import { behindSignIn, languageChoice, signOutButton, wrongPage } from "../core/frame.js";
import { listen, show } from "../core/keys.js";
import { failure } from "../core/notice.js";
import { brand, caller } from "../core/session.js";
import { say } from "../core/words.js";
import { branches } from "./branches.js";

/**
 * A part of the desk. `mount` builds it once; the function that it returns opens one thing, or none.
 * @typedef {{mount: (main: HTMLElement, signal: AbortSignal) => Promise<Open> | Open}} Part
 * @typedef {(id: string | null) => Promise<void> | void} Open
 */

/** @type {Record<string, {name: string, load: () => Promise<Part>, isForAgents?: boolean}>} `isForAgents` parts are not for administrators */
const PARTS = {
  members: { name: say("desk.members"), load: () => import("./members.js") },
  ratings: { name: say("desk.ratings"), load: () => import("./ratings.js") },
  tasks: { name: say("desk.tasks"), load: () => import("./tasks.js"), isForAgents: true },
  claims: { name: say("desk.claims"), load: () => import("./claims.js"), isForAgents: true },
  programme: { name: say("desk.programme"), load: () => import("./programme.js") },
  reports: { name: say("desk.reports"), load: () => import("./reports.js") },
};

const main = element("main", { id: "content", tabindex: -1 });
/** @type {{part: string, open: Open, over: AbortController} | null} */
let mounted = null;

behindSignIn(start, say("desk.welcome"));

function start() {
  const { role } = caller();
  if (role === null || role === "member") return wrongPage(say("desk.not-yours"), "/", say("desk.to-shop"));
  const links = Object.entries(PARTS).map(([part, { name }]) => element("a", { href: `/desk/${part}` }, name));
  replace(
    document.body,
    element("a", { class: "skip", href: "#content" }, say("skip")),
    element(
      "header",
      { class: "top" },
      element("a", { class: "brand", href: "/desk/members" }, brand),
      element("nav", { "aria-label": say("desk.name") }, links),
      element("button", { type: "button", class: "plain", "aria-label": say("keys.title"), click: show }, "?"),
      languageChoice(),
      signOutButton(),
    ),
    main,
  );
  document.addEventListener("click", follow);
  window.addEventListener("popstate", route);
  listen();
  route();
}

/**
 * Goes to another place of the desk without loading a page.
 * @param {string} path
 */
export function go(path) {
  history.pushState(null, "", path);
  route();
}

/** Follows links within the desk. @param {MouseEvent} event */
function follow(event) {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (link === null || !isPlain || link.target !== "" || link.hasAttribute("download")) return;
  const address = new URL(link.href);
  if (address.origin !== location.origin || !/^\/desk(\/|$)/.test(address.pathname) || link.getAttribute("href")?.startsWith("#")) return;
  event.preventDefault();
  go(address.pathname + address.search);
}

async function route() {
  const [, , named = "", id] = location.pathname.split("/");
  const part = named in PARTS ? named : caller().role === "admin" ? "programme" : "members";
  document.title = `${PARTS[part].name} · ${brand}`;
  for (const link of document.querySelectorAll("header nav a")) {
    if (link.getAttribute("href") === `/desk/${part}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  try {
    if (mounted?.part !== part) {
      mounted?.over.abort();
      const over = new AbortController();
      replace(main, element("h1", {}, PARTS[part].name), element("p", { class: "quiet loading" }, say("loading")));
      main.className = part;
      mounted = { part, open: () => {}, over };
      const isOthers = PARTS[part].isForAgents && caller().role === "admin";
      // Times are written by the clocks of the branches.
      const [loaded] = await Promise.all([isOthers ? { mount: onlyAgents } : PARTS[part].load(), branches()]);
      if (over.signal.aborted) return;
      mounted.open = await loaded.mount(main, over.signal);
      if (over.signal.aborted) return;
    }
    main.toggleAttribute("data-open", id !== undefined && id !== "");
    await mounted.open(id ? decodeURIComponent(id) : null);
  } catch (error) {
    if (mounted?.part === part && !mounted.over.signal.aborted) replace(main, element("h1", {}, PARTS[part].name), failure(error, () => location.reload()));
  }
}

/**
 * Says whose work the opened part is.
 * @param {HTMLElement} main
 * @returns {Open}
 */
function onlyAgents(main) {
  const title = element("h1", { tabindex: -1 });
  replace(main, title, element("p", { class: "quiet empty" }, say("desk.only-agents")));
  return () => replace(title, PARTS[mounted?.part ?? ""].name);
}
