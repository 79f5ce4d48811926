// The page that confirms a new e-mail address. It waits for a person's press: programs follow links too.

import { Problem, change } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { languageChoice } from "../core/frame.js";
import { reason } from "../core/notice.js";
import { brand } from "../core/session.js";
import { enableAgain } from "../core/waiting.js";
import { say } from "../core/words.js";

const path = `/v1/email-confirmations/${encodeURIComponent(decodeURIComponent(location.pathname.split("/")[2] ?? ""))}`;

const status = element("p", { role: "status" }, say("visit.confirm-intro"));
const alert = element("p", { role: "alert", class: "refusal" });
const button = element("button", { type: "button", class: "primary", click: confirm }, say("visit.confirm"));

document.title = `${say("visit.confirm-title")} · ${brand}`;
replace(
  document.body,
  element(
    "main",
    { class: "visit" },
    element("p", { class: "brand" }, brand),
    element("h1", {}, say("visit.confirm-title")),
    status,
    alert,
    element("p", {}, button),
    element("p", {}, languageChoice()),
  ),
);

async function confirm() {
  button.disabled = true;
  replace(alert);
  try {
    const { email } = await change("POST", path, undefined, { open: true });
    replace(status, say("visit.confirmed", { email }));
    const link = element("a", { href: "/" }, say("visit.to-shop"));
    button.replaceWith(link);
    link.focus();
  } catch (error) {
    replace(alert, error instanceof Problem && error.status === 404 ? say("visit.confirm-expired") : reason(error));
    enableAgain(button);
  }
}
