/** A dialog over the page. */

/**
 * Shows it, and takes it away once it is closed; the focus then goes to the element with the id `opener`, where there
 * is one.
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
