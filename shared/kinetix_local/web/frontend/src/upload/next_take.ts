/** One take more by the same phone: the editor that gave its link is asked for another one. */

import { h } from "../common/dom";
import { Unreachable } from "../common/http";
import { type Key, t } from "../common/i18n";
import { isFurther } from "./joining";
import type { Page } from "./page";
import type { State } from "./state";
import type { Actions } from "./view";

const ASK_MS = 500;
const MOST_ASKED = 40;

/** Whether this phone can go on by itself; a further camera waits for the first one. */
export function goesOn(state: State): boolean {
  return Boolean(state.take?.next) && !isFurther(state);
}

/** The button for it, and how it follows the state. */
export function nextTakeButton(
  state: State,
  actions: Actions,
  label: Key,
): { element: HTMLButtonElement; update(state: State): void } {
  const element = h("button", { type: "button", class: "main", onclick: () => actions.nextTake() });
  const update = (now: State): void => {
    element.disabled = now.asking;
    element.textContent = t(now.asking ? "nextTakeAsked" : label);
  };
  update(state);
  return { element, update };
}

/** The next take's page. Rejects with HttpError for none, with Unreachable where the editor does not answer. */
export async function nextTakeOf(page: Pick<Page, "nextTake">, waitMs = ASK_MS): Promise<string> {
  for (let asked = 0; asked < MOST_ASKED; asked++) {
    const url = await page.nextTake();
    if (url) return url;
    await new Promise((go) => setTimeout(go, waitMs));
  }
  throw new Unreachable();
}
