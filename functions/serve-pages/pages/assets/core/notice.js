// Short messages that a screen reader reads aloud, and the states of a part of the page that loads.

import { Problem } from "./api.js";
import { element, replace } from "./element.js";
import { say } from "./words.js";

const SHOWN_MS = 6_000;

/** @type {HTMLElement | null} */
let region = null;

/** Shows a message for a few seconds. @param {string} text */
export function announce(text) {
  region ??= element("div", { role: "status", class: "notices" });
  place();
  const notice = element("p", { class: "notice" }, text);
  region.append(notice);
  setTimeout(() => notice.remove(), SHOWN_MS);
}

/**
 * Opens a dialog, which takes the messages in: outside of it nothing is heard, and it covers what is below it.
 * @param {HTMLDialogElement} dialog it is removed when it closes
 */
export function openDialog(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    place();
    dialog.remove();
  });
  dialog.showModal();
  place();
}

/** Puts the messages into the dialog that is open, else at the foot of the page. */
function place() {
  const parent = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (region !== null && region.parentElement !== parent) parent.append(region);
}

/**
 * Fills a node with what loads: first busy, then the content, or the problem and a button to try again.
 * @param {Element} node
 * @param {() => Promise<import("./element.js").Child | import("./element.js").Child[]>} load
 * @param {AbortSignal} [signal] nothing is shown after it
 */
export async function loading(node, load, signal) {
  node.setAttribute("aria-busy", "true");
  replace(node, element("p", { class: "quiet loading" }, say("loading")));
  try {
    const content = await load();
    if (!signal?.aborted) replace(node, content);
  } catch (error) {
    if (!signal?.aborted) replace(node, failure(error, () => loading(node, load, signal)));
  } finally {
    node.removeAttribute("aria-busy");
  }
}

/**
 * Makes the words of a problem with a button to try again; what does not exist is not tried again.
 * @param {unknown} error
 * @param {() => void} again
 */
export function failure(error, again) {
  const isMissing = error instanceof Problem && error.status === 404;
  const button = isMissing ? null : element("button", { type: "button", click: again }, say("try-again"));
  return element("div", { class: "failure", role: "alert" }, element("p", {}, reason(error)), button);
}

/** Returns the words of an error. @param {unknown} error */
export function reason(error) {
  // So fails a script that is loaded when it is needed: without a connection, or after a new version of the pages.
  if (error instanceof TypeError || error instanceof SyntaxError) return say("outdated");
  return error instanceof Error ? error.message : String(error);
}

/**
 * Makes what a button does say its failure aloud.
 * @template {any[]} Given
 * @param {(...given: Given) => Promise<unknown>} act
 * @returns {(...given: Given) => Promise<void>}
 */
export function telling(act) {
  return (...given) => act(...given).then(() => {}, (error) => announce(reason(error)));
}
