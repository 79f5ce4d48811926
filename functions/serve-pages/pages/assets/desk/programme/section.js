// A section of the programme's page: a card with a heading that a link leads to.

import { element } from "../../core/element.js";
import { sayCode } from "../../core/words.js";

/**
 * A section. `id` is the last part of its address, and its title the text `programme.section.{id}`.
 * @typedef {{id: string, node: HTMLElement}} Section
 */

/**
 * @param {string} id
 * @param {...(import("../../core/element.js").Child | import("../../core/element.js").Child[])} content
 * @returns {Section}
 */
export function section(id, ...content) {
  const title = element("h2", { id: `section-${id}`, tabindex: -1 }, sayCode("programme.section", id));
  return { id, node: element("section", { class: "card", "aria-labelledby": title.id }, title, ...content) };
}

/**
 * Makes a button.
 * @param {string} text
 * @param {() => void} act
 * @param {{about?: string, look?: string}} [options] `about` is added for those who hear the button alone
 */
export function button(text, act, { about, look } = {}) {
  const label = about === undefined ? null : `${text}: ${about}`;
  return element("button", { type: "button", class: look ?? "small", "aria-label": label, click: act }, text);
}
