// The members that were opened lately: their ids, for as long as the tab is open. Names stay in the API.

import { get } from "../../core/api.js";

/** @typedef {import("./search.js").Hit} Hit */

const KEPT = "puntos.members";
const MOST = 5;

/** Keeps that a member was opened. @param {string} id */
export function remember(id) {
  const ids = [id, ...kept().filter((one) => one !== id)].slice(0, MOST);
  sessionStorage.setItem(KEPT, JSON.stringify(ids));
}

/**
 * Reads the members that were opened lately; those that cannot be read are left out.
 * @param {AbortSignal} signal
 * @returns {Promise<Hit[]>}
 */
export async function lately(signal) {
  const read = await Promise.allSettled(kept().map((id) => get(`/v1/members/${id}`, {}, { signal })));
  return read.flatMap((one) => (one.status === "fulfilled" ? [{ member: one.value, by: null }] : []));
}

/** @returns {string[]} */
function kept() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
}
