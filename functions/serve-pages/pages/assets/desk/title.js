// The title of a list. It is the heading of the page only while nothing is opened beside the list: that has its own.

import { element, replace } from "../core/element.js";

/**
 * Makes the title. `show` is told whether something is opened.
 * @param {string} name
 * @returns {{node: HTMLElement, show: (isOpened: boolean) => void}}
 */
export function listTitle(name) {
  const node = element("div", {}, element("h1", {}, name));
  return { node, show: (isOpened) => replace(node, element(isOpened ? "h2" : "h1", { class: "title" }, name)) };
}
