// The receipts of a claim: pictures and documents, shown and added. The bytes go straight to the bucket.

import { change, freshKey, get } from "../../core/api.js";
import { ask, inform } from "../../core/dialog.js";
import { element, replace } from "../../core/element.js";
import { number } from "../../core/format.js";
import { plainList } from "../../core/list.js";
import { announce } from "../../core/notice.js";
import { refusal } from "../../core/refusals.js";
import { say, sayCode } from "../../core/words.js";

/** @typedef {import("puntos").components["schemas"]["AttachmentAnswer"]} Attachment */
/** @typedef {import("./row.js").Claim} Claim */

export const ATTACHMENTS_MAX = 5;
const BYTES_MAX = 5 * 1024 * 1024;
const TYPES = ["image/jpeg", "image/png", "application/pdf"];
const UPLOAD_MS = 120_000;

/**
 * Makes the list of the attachments.
 * @param {Claim} claim
 */
export function attachments(claim) {
  const rows = claim.evidence.attachments.map((one, i) => {
    const id = `attachment-${i + 1}`;
    return element(
      "div",
      { class: "row" },
      element("span", { class: "grow", id }, say("claims.attachment", { n: i + 1 }), " ", element("span", { class: "quiet" }, described(one))),
      element("button", { type: "button", class: "small", "aria-describedby": id, click: () => show(claim, one) }, say("claims.show")),
    );
  });
  return plainList(say("claims.receipts"), rows, say("claims.no-receipts"));
}

/**
 * Asks for a file, and attaches it. Returns whether the claim has changed: also by a file that could not be sent.
 * @param {Claim} claim
 * @returns {Promise<boolean>}
 */
export async function attach(claim) {
  /** @type {WeakMap<File, string>} Another file is another attachment; the same one sent again is not. */
  const keys = new WeakMap();
  let isChanged = false;
  const done = await ask({
    title: say("claims.add-receipt"),
    fields: [{ name: "file", label: say("claims.file"), kind: "file", accept: TYPES.join(","), hint: say("claims.file-hint"), required: true }],
    send: async ({ file }) => {
      check(file);
      const key = keys.get(file) ?? freshKey();
      keys.set(file, key);
      const body = { content_type: file.type, bytes: file.size };
      const { upload } = await change("POST", `/v1/claims/${claim.claim_id}/attachments`, body, { key });
      isChanged = true;
      await send(upload, file);
      return true;
    },
  });
  if (done) announce(say("claims.receipt-added"));
  return isChanged;
}

/**
 * Refuses at the field what the bucket would refuse.
 * @param {File} file
 */
function check(file) {
  const words = !TYPES.includes(file.type) ? say("claims.wrong-type") : file.size > BYTES_MAX ? say("claims.too-large") : file.size === 0 ? say("claims.empty-file") : null;
  if (words !== null) throw refusal("file", words);
}

/**
 * @param {import("puntos").components["schemas"]["SignedCall"]} upload
 * @param {File} file
 */
async function send({ method, url, headers }, file) {
  try {
    const response = await fetch(url, { method, headers, body: file, signal: AbortSignal.timeout(UPLOAD_MS) });
    if (response.ok) return;
  } catch {
    // The words below say it: the address is good for a second try.
  }
  throw new Error(say("claims.not-sent"));
}

/**
 * Shows an attachment: a picture here, a document in a tab of its own.
 * @param {Claim} claim
 * @param {Attachment} attachment
 */
function show(claim, attachment) {
  return inform(say("claims.receipt"), async () => {
    const { download } = await get(`/v1/claims/${claim.claim_id}/attachments/${attachment.attachment_id}`);
    const link = element("p", {}, element("a", { href: download.url, target: "_blank", rel: "noopener noreferrer" }, say("claims.open-file")));
    if (attachment.content_type === "application/pdf") return [element("p", {}, described(attachment)), link];
    const holder = element("div", {});
    const picture = element("img", {
      class: "claims-picture",
      src: download.url,
      alt: say("claims.picture"),
      error: () => replace(holder, element("p", { class: "refusal" }, say("claims.not-there"))),
    });
    holder.append(picture);
    return [holder, link];
  });
}

/** The type and the size in words. @param {Attachment} attachment */
function described({ content_type, bytes }) {
  return say("claims.file-of", { type: sayCode("claims.type", content_type.split("/")[1]), size: number(Math.max(1, Math.round(bytes / 1024))) });
}
