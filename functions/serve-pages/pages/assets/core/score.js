// A score from 0 to 10 by one tap, with its ends in words.

import { element } from "./element.js";
import { say } from "./words.js";

let counter = 0;

/**
 * Makes the choice. `read` returns `null` while nothing is chosen; `focus` moves the focus to it.
 * @param {string} question
 */
export function scoreChoice(question) {
  const name = `score-${(counter += 1)}`;
  const choices = Array.from({ length: 11 }, (_, score) => {
    const input = element("input", { type: "radio", name, value: score, id: `${name}-${score}` });
    return { input, node: element("span", {}, input, element("label", { for: input.id }, score)) };
  });
  const node = element(
    "fieldset",
    { class: "scores" },
    element("legend", {}, question),
    element("div", { class: "scale" }, choices.map((one) => one.node)),
    scaleEnds(),
  );
  return {
    node,
    read: () => {
      const at = choices.findIndex((one) => one.input.checked);
      return at < 0 ? null : at;
    },
    focus: () => (choices.find((one) => one.input.checked) ?? choices[0]).input.focus(),
  };
}

/** Makes the words below the ends of the scale. */
export function scaleEnds() {
  return element("p", { class: "spread quiet ends" }, element("span", {}, say("visit.lowest")), element("span", {}, say("visit.highest")));
}
