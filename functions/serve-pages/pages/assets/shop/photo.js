// Photos of receipts: checked before they are sent, sent straight to the store, and shown.

import { Problem, change, get } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { failure } from "../core/notice.js";
import { refusal } from "../core/refusals.js";
import { say } from "../core/words.js";

/** @typedef {import("puntos").components["schemas"]} Schemas */

const TYPES = ["image/jpeg", "image/png", "application/pdf"];
const BYTES_MAX = 5 * 1024 * 1024;

/**
 * The field for a photo.
 * @returns {import("../core/fields.js").Field}
 */
export function photoField() {
  return { name: "photo", label: say("shop.photo"), kind: "file", accept: TYPES.join(","), hint: say("shop.photo-hint") };
}

/** Refuses at its field what the store would not take. @param {File | undefined} photo */
export function check(photo) {
  if (photo === undefined) return;
  const isWrong = !TYPES.includes(photo.type) || photo.size === 0;
  if (!isWrong && photo.size <= BYTES_MAX) return;
  throw refusal("photo", say(isWrong ? "shop.photo-wrong" : "shop.photo-too-big"));
}

/**
 * Attaches a photo to a claim. The same key attaches it once, however often it is tried.
 * @param {string} claimId
 * @param {File} photo
 * @param {string} key
 */
export async function upload(claimId, photo, key) {
  check(photo);
  /** @type {Schemas["UploadAnswer"]} */
  const { upload: call } = await change("POST", `/v1/claims/${claimId}/attachments`, { content_type: photo.type, bytes: photo.size }, { key });
  const headers = /** @type {Record<string, string>} */ (call.headers);
  const response = await fetch(call.url, { method: call.method, headers, body: photo }).catch(() => null);
  if (!response?.ok) throw new Problem(response?.status ?? 0, "photo_not_sent", say("problem.photo_not_sent"));
}

/**
 * Makes the list of a claim's photos. An address of a photo lives for some minutes, so it is read when it is asked for.
 * @param {Schemas["ClaimAnswer"]} claim
 */
export function pictures({ claim_id, evidence }) {
  if (evidence.attachments.length === 0) return null;
  const rows = evidence.attachments.map((one, i) => {
    const place = element("li", {});
    const show = async () => {
      try {
        /** @type {Schemas["DownloadAnswer"]} */
        const answer = await get(`/v1/claims/${claim_id}/attachments/${one.attachment_id}`);
        replace(place, picture(answer, i + 1));
      } catch (error) {
        replace(place, failure(error, show));
      }
    };
    replace(place, element("button", { type: "button", class: "small", click: show }, say("shop.show-photo", { n: i + 1 })));
    return place;
  });
  return element("ul", { role: "list", "aria-label": say("shop.photos"), class: "pictures" }, rows);
}

/**
 * @param {Schemas["DownloadAnswer"]} answer
 * @param {number} n
 */
function picture({ content_type, download }, n) {
  if (content_type === "application/pdf")
    return element("a", { href: download.url, target: "_blank", rel: "noopener" }, say("shop.open-pdf", { n }));
  const missing = () => replace(/** @type {Element} */ (image.parentElement), element("p", { class: "quiet" }, say("shop.no-photo")));
  const image = element("img", { src: download.url, alt: say("shop.photo-of", { n }), error: missing });
  return image;
}
