// Drafts of messages, kept in the browser per thread until they are sent.

/**
 * Keeps what is written in a field, and fills it with what was kept. Returns what forgets the draft.
 * @param {HTMLTextAreaElement} field
 * @param {string} thread
 */
export function keep(field, thread) {
  const name = `puntos.draft.${thread}`;
  field.value = localStorage.getItem(name) ?? "";
  field.addEventListener("input", () => {
    if (field.value === "") localStorage.removeItem(name);
    else localStorage.setItem(name, field.value);
  });
  return () => localStorage.removeItem(name);
}
