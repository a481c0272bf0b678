/** What a screen is given and what it hands to the page. */
import { h } from "../common/dom";
import type { Choice } from "./page";
import type { State } from "./state";

/** What the buttons do. */
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
  /** Makes the emote of the clips that are here. */
  startWithout(): void;
  choosePerson(choice: Choice): void;
  /** Makes the emote of the upper body, or of as much as is seen. */
  captureBody(upper: boolean): void;
  cancel(): void;
  keep(): void;
  retake(): void;
  /** One take more, of a part of the same clip or of another one, which may replace the take that is decided about. */
  nextTake(of: "same" | "other", replaces?: boolean): void;
  tryAgain(): void;
  /** What to do when phone and computer do not see each other. */
  connectionHelp(open: boolean): HTMLElement;
}

/** A screen's elements, how it follows the state, and how to leave it. */
export interface View {
  elements: HTMLElement[];
  update?(state: State): void;
  leave?(): void;
}

/** The state's note as an alert, when it has one. */
export function note(state: State): HTMLElement | null {
  return state.note ? h("p", { class: "note", role: "alert" }, state.note) : null;
}
