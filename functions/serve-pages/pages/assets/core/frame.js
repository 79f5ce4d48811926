// What every page has: the sign-in before anything else, the choice of a language, and signing out.

import { element, replace } from "./element.js";
import { brand, resume, signIn, signOut } from "./session.js";
import { LANGUAGES, chooseLanguage, language, say } from "./words.js";

/**
 * Starts a page behind the sign-in: shows its content, or the link to sign in.
 * @param {() => Promise<void> | void} start
 * @param {string} welcome the words beside the link
 */
export async function behindSignIn(start, welcome) {
  document.title = brand;
  if (await resume()) return start();
  const link = element("a", { href: "#", class: "button primary" }, say("sign-in"));
  link.addEventListener("click", (event) => {
    event.preventDefault();
    signIn();
  });
  replace(
    document.body,
    element(
      "main",
      { class: "welcome" },
      element("h1", {}, brand),
      element("p", {}, welcome),
      element("p", {}, link),
      languageChoice(),
    ),
  );
}

/** Makes the choice of the page's language. */
export function languageChoice() {
  const options = Object.entries(LANGUAGES).map(([code, name]) =>
    element("option", { value: code, selected: code === language, lang: code }, name),
  );
  const choice = element("select", { "aria-label": say("language") }, options);
  choice.addEventListener("change", () => chooseLanguage(choice.value));
  return choice;
}

/** Makes the button that signs out. */
export function signOutButton() {
  return element("button", { type: "button", class: "plain", click: () => signOut() }, say("sign-out"));
}

/**
 * Makes the page for somebody whose role this page is not for.
 * @param {string} words
 * @param {string} href
 * @param {string} link
 */
export function wrongPage(words, href, link) {
  replace(
    document.body,
    element("main", { class: "welcome" }, element("h1", {}, brand), element("p", {}, words), element("p", {}, element("a", { href, class: "button" }, link)), signOutButton()),
  );
}
