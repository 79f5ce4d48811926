// The profile: addresses, language, consent, the statement, and signing out.

import { change } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { element, replace } from "../core/element.js";
import { shown } from "../core/fields.js";
import { signOutButton } from "../core/frame.js";
import { announce, loading, reason } from "../core/notice.js";
import { LANGUAGES, chooseLanguage, language, say, sayCode } from "../core/words.js";
import { part } from "./part.js";
import { changed, shop, watch } from "./state.js";

const ME = "/v1/members/me";

/** Makes the part. */
export function profile() {
  const facts = element("div", { class: "stack" });
  watch(() => replace(facts, contact()));
  return part(
    "profile",
    say("shop.profile"),
    facts,
    element("p", {}, element("button", { type: "button", click: edit }, say("shop.edit"))),
    languageField(),
    consentField(),
    statementFold(),
    element("p", {}, signOutButton()),
  );
}

function contact() {
  const { name, email, email_pending, email_status, phone, card_number } = shop.member;
  const rows = [
    [say("shop.name"), name],
    [say("shop.email"), email ?? "–"],
    [say("shop.phone"), phone ?? "–"],
    [say("shop.card"), card_number],
  ].filter(([, value]) => value !== null);
  return [
    element("dl", { class: "facts" }, rows.map(([label, value]) => element("div", {}, element("dt", {}, label), element("dd", {}, value)))),
    email_pending !== null && element("p", { class: "debt" }, say("shop.email-pending", { email: email_pending })),
    email_status.state === "blocked" && element("p", { class: "debt" }, say("shop.email-blocked", { reason: sayCode("shop.blocked", email_status.reason) })),
  ];
}

/** Makes the place of the statement, whose form is made when it is opened. */
function statementFold() {
  const place = element("div", {});
  const fold = element("details", {}, element("summary", {}, say("shop.statement")), place);
  const fill = () => loading(place, async () => (await import("./statement.js")).statement());
  fold.addEventListener("toggle", fill, { once: true });
  return fold;
}

async function edit() {
  const { email, phone } = shop.member;
  const answer = await ask({
    title: say("shop.edit"),
    fields: [
      { name: "email", label: say("shop.email"), kind: "email", value: email, longest: 254, hint: say("shop.email-hint") },
      { name: "phone", label: say("shop.phone"), kind: "tel", value: phone, longest: 64 },
    ],
    send: (written) => {
      const wanted = { email: written.email ?? null, phone: written.phone ?? null };
      return change("PATCH", ME, { ...(wanted.email !== email && { email: wanted.email }), ...(wanted.phone !== phone && { phone: wanted.phone }) });
    },
  });
  if (answer === undefined) return;
  changed(answer);
  announce(answer.email_pending === null ? say("shop.saved") : say("shop.email-pending", { email: answer.email_pending }));
}

/** The language of the page and of mails. Where they differ, none is chosen yet, so that each can be. */
function languageField() {
  const names = /** @type {Record<string, string>} */ (LANGUAGES);
  const mails = names[shop.member.locale ?? language] ?? names[language];
  const isOne = mails === names[language];
  const choices = Object.entries(names).map(([value, text]) => ({ value, text }));
  const field = shown({
    name: "locale",
    label: say("language"),
    kind: "choice",
    value: isOne ? language : "",
    choices: isOne ? choices : [{ value: "", text: "–" }, ...choices],
    hint: isOne ? say("shop.language-hint") : say("shop.language-mails", { language: mails }),
  });
  const before = field.control.value;
  field.control.addEventListener("change", async () => {
    try {
      await change("PATCH", ME, { locale: field.control.value });
      chooseLanguage(field.control.value);
    } catch (error) {
      field.control.value = before;
      field.refuse(reason(error));
    }
  });
  return field.node;
}

/** The consent shows at once, and goes back where the API refuses. */
function consentField() {
  const field = shown({ name: "optional_emails", label: say("shop.consent"), kind: "switch", value: shop.member.optional_emails, hint: say("shop.consent-hint") });
  const box = /** @type {HTMLInputElement} */ (field.control);
  box.addEventListener("change", async () => {
    try {
      changed(await change("PATCH", ME, { optional_emails: box.checked }));
      announce(say("shop.saved"));
    } catch (error) {
      box.checked = !box.checked;
      field.refuse(reason(error));
    }
  });
  return field.node;
}
