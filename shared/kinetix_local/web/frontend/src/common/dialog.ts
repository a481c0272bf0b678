/** A dialog over the page. */

/**
 * Show a dialog and remove it once closed; the focus returns to the element with the id `opener`.
 */
export function showDialog(dialog: HTMLDialogElement, opener: string, onClosed: () => void): void {
  dialog.addEventListener("close", () => {
    onClosed();
    dialog.remove();
    document.getElementById(opener)?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.focus(); // else the first control that is ready gets it, which is the player's speed
}
