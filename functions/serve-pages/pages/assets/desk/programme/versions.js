// The versions of the programme: when each begins and who wrote it. One that has not begun can be withdrawn.

import { change, get } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { pagedList } from "../../core/list.js";
import { announce } from "../../core/notice.js";
import { say } from "../../core/words.js";
import { momentIn } from "../../core/zone.js";
import { agentName, agents } from "../agents.js";
import { button, section } from "./section.js";

/** @typedef {import("puntos").components["schemas"]["ProgramVersionAnswer"]} Version */

/**
 * @param {import("./draft.js").Draft} draft
 * @param {boolean} canEdit
 */
export function versions(draft, canEdit) {
  const zone = () => draft.newest.time_zone;
  /** @type {import("../agents.js").Agents} */
  let names = new Map();
  const list = pagedList({
    name: say("programme.section.versions"),
    page: async (cursor) => {
      const found = await Promise.all([
        get("/v1/program/versions", { limit: 10, cursor }),
        agents().catch(() => names),
      ]);
      names = found[1];
      return found[0];
    },
    row,
    empty: say("programme.version.none"),
  });

  /** @param {Version} one */
  function row(one) {
    const isLater = Date.parse(one.effective_from) > Date.now();
    const title = say("programme.version", { n: one.version });
    return element(
      "div",
      { class: "row" },
      element(
        "div",
        { class: "grow" },
        element(
          "p",
          { class: "row" },
          element("strong", {}, title),
          one.withdrawn ? element("span", { class: "tag" }, say("programme.version.withdrawn")) : null,
          isLater && !one.withdrawn ? element("span", { class: "tag warn" }, say("programme.version.later")) : null,
        ),
        element("p", {}, say("programme.version.begins", { at: momentIn(one.effective_from, zone()) })),
        element(
          "p",
          { class: "quiet" },
          say("programme.version.written", {
            at: momentIn(one.written_at, zone()),
            actor: agentName(names, one.actor.replace(/^\w+:/, "")),
          }),
        ),
      ),
      canEdit && isLater && !one.withdrawn && button(say("programme.withdraw"), () => withdraw(one), { about: title }),
    );
  }

  /** @param {Version} one */
  async function withdraw(one) {
    const done = await ask({
      title: say("programme.withdraw"),
      intro: say("programme.version.withdraw-what", { n: one.version }),
      isDangerous: true,
      send: () => change("DELETE", `/v1/program/versions/${one.version}`),
    });
    if (done === undefined) return;
    await Promise.all([list.load(), draft.reload()]);
    announce(say("programme.version.withdrawn-done", { n: one.version }));
  }

  list.load();
  return { ...section("versions", list.node), load: list.load };
}
