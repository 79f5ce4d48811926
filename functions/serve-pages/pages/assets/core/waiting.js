// A control that is disabled while an answer is waited for. It loses the focus by that, and gets it back.

/** @param {HTMLButtonElement | HTMLInputElement} control */
export function enableAgain(control) {
  control.disabled = false;
  if (document.activeElement === document.body) control.focus();
}
