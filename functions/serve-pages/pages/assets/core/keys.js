// The keyboard: `/` searches, j and k move, r replies, ? shows the keys. They can be switched off, because a
// single key may come from a voice program.

import { ask } from "./dialog.js";
import { element } from "./element.js";
import { say } from "./words.js";

const OFF = "puntos.keys-off";

/** Listens to the keys of the desk. */
export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (event.key === "?") return stop(event, show);
    if (localStorage.getItem(OFF) === "yes" || document.querySelector("dialog[open]")) return;
    if (event.key === "/") stop(event, () => focus("main [type=search]"));
    else if (event.key === "r") stop(event, () => focus("main textarea"));
    else if (event.key === "j") stop(event, () => move(1));
    else if (event.key === "k") stop(event, () => move(-1));
  });
}

/** Shows the keys and the switch. */
export function show() {
  const keys = [["/", say("keys.search")], ["j, k", say("keys.move")], ["Enter", say("keys.open")], ["r", say("keys.reply")], ["?", say("keys.help")]];
  const table = element(
    "dl",
    { class: "keys" },
    keys.map(([key, what]) => element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, what))),
  );
  return ask({
    title: say("keys.title"),
    intro: [table],
    button: say("save"),
    fields: [{ name: "on", kind: "switch", label: say("keys.on"), value: localStorage.getItem(OFF) !== "yes" }],
    send: async ({ on }) => localStorage.setItem(OFF, on ? "no" : "yes"),
  });
}

/**
 * Moves the focus to another link of the list that has it, else of the first list, from its open row.
 * @param {1 | -1} by
 */
function move(by) {
  const within = document.activeElement?.closest("main ul") ?? document.querySelector("main ul[data-keys]");
  const links = [...(within?.querySelectorAll(":scope > li a") ?? [])];
  const focused = links.findIndex((link) => link === document.activeElement);
  const at = focused >= 0 ? focused : links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[Math.max(0, Math.min(links.length - 1, at + by))];
  if (next instanceof HTMLElement) next.focus();
}

/** @param {string} selector */
function focus(selector) {
  const found = document.querySelector(selector);
  if (found instanceof HTMLElement) found.focus();
}

/**
 * @param {KeyboardEvent} event
 * @param {() => void} act
 */
function stop(event, act) {
  event.preventDefault();
  act();
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}
