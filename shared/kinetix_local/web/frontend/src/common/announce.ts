/** One live region for the whole page, debounced, so that a screen reader hears states and not every percent. */
const QUIET_MS = 400;
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  clearTimeout(timer);
  const region = document.getElementById("announcer");
  if (!region) return;
  timer = setTimeout(() => {
    if (region.textContent !== text) region.textContent = text;
  }, QUIET_MS);
}
