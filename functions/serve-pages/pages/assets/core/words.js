// The words of the pages in the reader's language: one file per language, with equal keys.

/** @typedef {typeof import("../words/en.js").default} Words */
/** @typedef {keyof Words} Key */

/** The languages of the pages. */
export const LANGUAGES = /** @type {const} */ ({ es: "Español", en: "English", pt: "Português", ru: "Русский" });

const KEPT = "puntos.language";

/** Letters that run from right to left, and signs that direct others. */
const FROM_THE_RIGHT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1eeff}]/u;

/** The reader's language: `?lang=`, else the one that was chosen before, else the browser's. */
export const language = choose();
document.documentElement.lang = language;

/** @type {Record<string, string | Record<string, string>>} */
const words = (await import(`../words/${language}.js`)).default;
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

/**
 * Returns what `say` is in another language: that of a mail, which need not be the reader's.
 * @param {string} locale such as `pt-BR`; English where the pages have no words in its language
 * @returns {Promise<{language: keyof typeof LANGUAGES, say: (key: Key, values?: Record<string, string>) => string}>}
 */
export async function speaker(locale) {
  const code = locale.split(/[-_.]/)[0].toLowerCase();
  const chosen = code in LANGUAGES ? /** @type {keyof typeof LANGUAGES} */ (code) : "en";
  const theirs = (await import(`../words/${chosen}.js`)).default;
  return { language: chosen, say: (key, values = {}) => filled(theirs[key], values) };
}

/**
 * Returns a text. `{name}` stands for a value; numbers are written as the language does. A text with
 * plural forms is chosen by the value `n`.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  return filled(words[key], values);
}

/**
 * Returns a text whose key is made up from a code of the API; without such a text, the code in plain letters.
 * @param {string} group
 * @param {string | null | undefined} code
 * @param {Record<string, string | number>} [values]
 */
export function sayCode(group, code, values = {}) {
  const word = words[`${group}.${code}`];
  return word === undefined ? String(code ?? "").replaceAll("_", " ") : filled(word, values);
}

/**
 * Whether a text exists for a code of the API.
 * @param {string} group
 * @param {string} code
 */
export function hasCode(group, code) {
  return words[`${group}.${code}`] !== undefined;
}

/**
 * Keeps the choice of a language, and loads the page again in it.
 * @param {string} chosen
 */
export function chooseLanguage(chosen) {
  localStorage.setItem(KEPT, chosen);
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  history.replaceState(null, "", address);
  location.reload();
}

/**
 * @param {string | Record<string, string>} word
 * @param {Record<string, string | number>} values
 */
function filled(word, values) {
  const text = typeof word === "string" ? word : word[plurals.select(Number(values.n))] ?? word.other;
  return text.replace(/\{(\w+)\}(\.?)/g, (whole, name, stop) => {
    const value = values[name];
    if (value === undefined) return whole;
    const written = typeof value === "number" ? numbers.format(value) : isolate(value);
    // A date may end in a full stop itself.
    return written.endsWith(".") ? written : written + stop;
  });
}

/**
 * Keeps a text that runs from right to left, or says so, from turning around what stands beside it.
 * @param {string} text
 */
export function isolate(text) {
  return FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text;
}

function choose() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked !== null && asked in LANGUAGES) localStorage.setItem(KEPT, asked);
  const wanted = [localStorage.getItem(KEPT) ?? "", ...navigator.languages.map((one) => one.split("-")[0])];
  return wanted.find((one) => one in LANGUAGES) ?? "en";
}
