/** A contact in its lane, dragged or moved by arrow keys. */
import { button, h, placed } from "../../common/dom";
import { t } from "../../common/i18n";
import { type ContactCorrection, type Grip, stateOf } from "./contact";
import { type Frames, timeText } from "./correction";
import { describe } from "./versions";

export interface BandEvents {
  chosen(): void;
  pressed(event: PointerEvent, grip: Grip, held: HTMLElement): void;
  moved(grip: Grip, by: number): void;
  removed(): void;
}

const ARROWS: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const FAR: Record<string, number> = { Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY };
/** Frames per key with Shift. */
const FURTHER = 5;

export class Band {
  readonly element: HTMLElement;
  readonly #hold: HTMLButtonElement;
  readonly #ends: Record<"first" | "last", HTMLButtonElement>;

  constructor(private readonly events: BandEvents) {
    this.#hold = this.#part("whole", { class: "grip hold" });
    const end = (grip: "first" | "last"): HTMLButtonElement =>
      this.#part(grip, { class: `grip end at-${grip}`, role: "slider", "aria-label": t(`contact_${grip}`) });
    this.#ends = { first: end("first"), last: end("last") };
    this.element = h("div.band", this.#ends.first, this.#hold, this.#ends.last);
  }

  /** `room`: frames in which it can be. Its ends are shown while it is `chosen`. */
  show(one: ContactCorrection, frames: number, [low, high]: Frames, chosen: boolean): void {
    const label = describe(one);
    this.element.dataset.state = stateOf(one);
    this.element.dataset.chosen = String(chosen);
    placed(this.element, one.first, one.last - one.first + 1, frames);
    this.#hold.setAttribute("aria-label", label);
    this.#hold.setAttribute("aria-current", String(chosen));
    this.#hold.title = label;
    for (const grip of ["first", "last"] as const) {
      const end = this.#ends[grip];
      end.hidden = !chosen;
      end.setAttribute("aria-valuemin", String(grip === "first" ? low : one.first));
      end.setAttribute("aria-valuemax", String(grip === "first" ? one.last : high));
      end.setAttribute("aria-valuenow", String(one[grip]));
      end.setAttribute("aria-valuetext", timeText(one[grip]));
    }
  }

  focus(): void {
    this.#hold.focus();
  }

  #part(grip: Grip, props: Record<string, string>): HTMLButtonElement {
    const part = button({
      ...props,
      onfocus: () => this.events.chosen(),
      onkeydown: (event: KeyboardEvent) => this.#onKey(event, grip),
      onpointerdown: (event: PointerEvent) => this.events.pressed(event, grip, part),
    });
    return part;
  }

  #onKey(event: KeyboardEvent, grip: Grip): void {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.events.removed();
      return;
    }
    const by = ARROWS[event.key] ?? FAR[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.events.moved(grip, by * (event.shiftKey ? FURTHER : 1));
  }
}
