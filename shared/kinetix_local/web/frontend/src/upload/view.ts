/** Interface of the screens. */
import { type Child, h } from "../common/dom";
import { type Key, t } from "../common/i18n";
import type { State } from "./state";

/** A screen: its elements, update and cleanup. */
export interface View {
  elements: HTMLElement[];
  update?(state: State): void;
  leave?(): void;
}

/** A part of a screen that follows the state. */
export interface Part {
  element: HTMLElement;
  update(state: State): void;
}

/** A screen that is one centred card under a title. */
export function centered(title: Key, ...children: Child[]): View {
  return { elements: [h("section.card.center", h("h1", t(title)), ...children)] };
}

/** The state's note as an alert, when it has one. */
export function note(state: State): HTMLElement | null {
  return state.note ? h("p.note", { role: "alert" }, state.note) : null;
}
