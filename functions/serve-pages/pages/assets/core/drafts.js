// Drafts of messages, kept in the browser per thread until they are sent. Each tab has its own; one that is opened
// later begins with what was written last.

/**
 * Keeps what is written in a field, and fills it with what was kept. Returns what forgets the draft.
 * @param {HTMLTextAreaElement} field
 * @param {string} thread
 */
export function keep(field, thread) {
  const name = `puntos.draft.${thread}`;
  field.value = sessionStorage.getItem(name) ?? localStorage.getItem(name) ?? "";
  let mine = field.value;

  /** @param {string} text */
  function write(text) {
    sessionStorage.setItem(name, text);
    if (text !== "") localStorage.setItem(name, text);
    else if (localStorage.getItem(name) === mine) localStorage.removeItem(name);
    mine = text;
  }
  field.addEventListener("input", () => write(field.value));
  return () => write("");
}
