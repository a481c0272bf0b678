/** Next take on the same phone, by a new link from the editor. */

import { button, h } from "../common/dom";
import { type Key, t } from "../common/i18n";
import { isFurther } from "./joining";
import type { Page, PageState } from "./page";
import type { State } from "./state";
import type { Actions, Part } from "./view";

const ASK_MS = 500;
const MOST_REQUESTS = 40;

export function goesOn(state: State): boolean {
  return Boolean(state.take?.next) && !isFurther(state);
}

/** Buttons for the next take; `same` offers the same clip. */
export function nextTakeButtons(state: State, actions: Actions, label: Key, same: boolean): Part {
  const other = button({ class: "main", onclick: () => actions.nextTake("other") });
  const part = button({ class: "button", onclick: () => actions.nextTake("same") }, t("samePart"));
  const update = (now: State): void => {
    other.disabled = part.disabled = now.asking;
    other.textContent = t(now.asking ? "nextTakeAsked" : label);
  };
  update(state);
  return { element: h("div.actions", other, same && state.clip ? part : null), update };
}

/** Return the state after the take is accepted, null without an answer. Reject with HttpError. */
export async function accepted(page: Pick<Page, "validate">, waitMs = ASK_MS): Promise<PageState | null> {
  return answered(async () => {
    const link = await page.validate();
    return link.process?.asks ? null : link;
  }, waitMs);
}

/** Return the next link's token, null without an answer. Reject with HttpError. */
export async function nextTakeOf(
  page: Pick<Page, "nextTake">,
  retake: boolean,
  waitMs = ASK_MS,
): Promise<string | null> {
  return answered(() => page.nextTake(retake), waitMs);
}

async function answered<T>(ask: () => Promise<T | null>, waitMs: number): Promise<T | null> {
  for (let sent = 0; sent < MOST_REQUESTS; sent++) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((go) => setTimeout(go, waitMs));
  }
  return null;
}
