// The agents by name: how colleagues see each other, and how one sets one's own name.

import { change, get } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { announce } from "../core/notice.js";
import { caller } from "../core/session.js";
import { say } from "../core/words.js";

/** @typedef {Map<string, string>} Agents names by the subject of the token */

const AGENTS_MAX = 1000;
/** The subject of a user pool: its beginning is enough to tell agents apart. */
const LONG = /^([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @type {Promise<Agents> | null} */
let known = null;

/** Returns the agents who set a name; read once, until somebody sets theirs here. */
export function agents() {
  known ??= read().catch((error) => {
    known = null;
    throw error;
  });
  return known;
}

/**
 * Returns the name of an agent: one's own is "you", and who has no name is shown by the beginning of their id.
 * @param {Agents} names
 * @param {string} id
 */
export function agentName(names, id) {
  return id === caller().subject ? say("agents.you") : (names.get(id) ?? shortId(id));
}

/** Returns the beginning of an id of a user pool; a name stays as it is. @param {string} id */
export function shortId(id) {
  return id.replace(LONG, "$1");
}

/** Asks for one's own name, and sets it. Returns whether it was set. */
export async function setMyName() {
  const mine = (await agents()).get(caller().subject);
  const answer = await ask({
    title: say("agents.my-name"),
    button: say("save"),
    fields: [{ name: "name", label: say("agents.name"), hint: say("agents.name-hint"), value: mine, required: true, longest: 120 }],
    send: (body, key) => change("PUT", "/v1/agents/me", body, { key }),
  });
  if (answer === undefined) return false;
  known = null;
  announce(say("agents.name-set", { name: answer.name }));
  return true;
}

async function read() {
  /** @type {Agents} */
  const names = new Map();
  let cursor = null;
  do {
    const page = await get("/v1/agents", { limit: 100, cursor });
    for (const { agent_id, name } of page.data) names.set(agent_id, name);
    cursor = page.next_cursor;
  } while (cursor !== null && names.size < AGENTS_MAX);
  return names;
}
