// The buttons of a member's page: some only show something, others change something and then show it.

import { element } from "../../core/element.js";
import { telling } from "../../core/notice.js";

/** @typedef {import("./search.js").Member} Member */
/** @typedef {import("./programme.js").Programme} Programme */

/**
 * An opened member. `reload` says what was done, and shows everything as it is now.
 * @typedef {{
 *   member: Member,
 *   program: Programme,
 *   names: import("../agents.js").Agents,
 *   reload: (words: string) => Promise<void>,
 * }} View
 */

/**
 * Makes a button that asks for a change; where it was made, `act` returns words for it.
 * @param {View} view
 * @param {string} name
 * @param {(view: View) => Promise<string | undefined>} act
 * @param {import("../../core/element.js").Attributes} [attributes]
 */
export function changing(view, name, act, attributes = {}) {
  const click = async () => {
    const words = await act(view);
    if (words !== undefined) await view.reload(words);
  };
  return showing(name, click, attributes);
}

/**
 * Makes a button. A failure before its dialog opens is said aloud.
 * @param {string} name
 * @param {() => Promise<unknown>} show
 * @param {import("../../core/element.js").Attributes} [attributes]
 */
export function showing(name, show, attributes = {}) {
  return element("button", { type: "button", ...attributes, click: telling(show) }, name);
}
