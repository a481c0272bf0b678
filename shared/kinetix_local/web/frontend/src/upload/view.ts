/** Interface of the screens. */
import { type Child, h } from "../common/dom";
import { type Key, t } from "../common/i18n";
import type { Choice } from "./page";
import type { State } from "./state";

export interface Actions {
  openCamera(): void;
  switchCamera(): void;
  startRecording(): void;
  stopRecording(): void;
  pick(file: File): void;
  backToChoice(): void;
  change(change: Partial<State>): void;
  send(): void;
  addCamera(): void;
  /** Create the emote from the clips that have arrived. */
  startWithout(): void;
  choosePerson(choice: Choice): void;
  /** Create the emote of the upper body, or of all that is visible. */
  captureBody(upper: boolean): void;
  cancel(): void;
  keep(): void;
  retake(): void;
  /** Start another take of the same or another clip, perhaps in place of this one. */
  nextTake(of: "same" | "other", replaces?: boolean): void;
  tryAgain(): void;
  /** Help for a lost connection. */
  connectionHelp(open: boolean): HTMLElement;
}

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
