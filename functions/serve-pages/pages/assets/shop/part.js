// A part of the shopper's page with its heading, and the one thing of a list that is opened in it.

import { element, replace } from "../core/element.js";
import { failure } from "../core/notice.js";

/**
 * Makes a part of the page. Its id is its address.
 * @param {string} id
 * @param {string} name
 * @param {...(import("../core/element.js").Child | import("../core/element.js").Child[])} content
 */
export function part(id, name, ...content) {
  const heading = element("h2", { id: `${id}-name`, tabindex: -1 }, name);
  return element("section", { id, class: "card part", "aria-labelledby": heading.id }, heading, ...content);
}

/**
 * Makes what opens one thing at a time: below its row, or in front of the list where the row is not loaded.
 * @param {HTMLElement} list its rows are links with the address of the thing
 * @param {string} address such as `#claims/`
 * @param {(panel: HTMLElement, id: string, signal: AbortSignal) => Promise<void>} show
 * @returns {(id: string | null) => Promise<void>}
 */
export function opener(list, address, show) {
  const panel = element("article", { class: "opened" });
  let opened = new AbortController();
  return async (id) => {
    opened.abort();
    opened = new AbortController();
    for (const link of list.querySelectorAll(":scope > li > a")) {
      const isOpen = id !== null && link.getAttribute("href") === address + id;
      link.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) link.after(panel);
    }
    if (id === null) {
      const row = panel.closest("li")?.querySelector("a");
      panel.remove();
      // The focus was in the panel, and goes back to its row.
      if (document.activeElement === document.body) row?.focus();
      return;
    }
    if (list.querySelector('a[aria-expanded="true"]') === null) list.before(panel);
    const { signal } = opened;
    replace(panel);
    try {
      await show(panel, id, signal);
    } catch (error) {
      if (!signal.aborted) replace(panel, failure(error, () => location.reload()));
    }
    const heading = panel.querySelector("h3");
    heading?.focus({ preventScroll: true });
    (panel.closest("li") ?? panel).scrollIntoView();
  };
}
