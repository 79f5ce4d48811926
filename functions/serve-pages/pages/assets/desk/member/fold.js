// A part of a member's page that is read when it is unfolded.

import { element } from "../../core/element.js";
import { loading } from "../../core/notice.js";

/**
 * Makes a folded part. `load` reads it anew where it is open.
 * @param {string} title
 * @param {() => Promise<import("../../core/element.js").Child | import("../../core/element.js").Child[]>} read
 * @returns {{node: HTMLElement, load: () => Promise<void>}}
 */
export function fold(title, read) {
  const content = element("div", { class: "stack" });
  const load = async () => {
    if (node.open) await loading(content, read);
  };
  const node = element("details", { toggle: load }, element("summary", {}, element("h2", {}, title)), content);
  return { node, load };
}
