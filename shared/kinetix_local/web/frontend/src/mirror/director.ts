/** When filming begins and when it is over. Fed with observations, it knows no page and no clock. */
import { type Fault, Judgement, type Observation } from "./judgement";
import { Movement, REST_S } from "./movement";

export type Phase = "watching" | "countdown" | "recording" | "over";

/** What the mirror shows now. `left` are whole seconds of the countdown, `seconds` those that were filmed. */
export interface Direction {
  phase: Phase;
  fault: Fault | null;
  left: number;
  seconds: number;
}

/** All has to be well for so long before the countdown begins, seconds. */
const WELL_S = 1;
export const COUNTDOWN_S = 3;

/** Faults that a raised hand does not pass over, as nothing could come of the clip. */
const HOPELESS: ReadonlySet<Fault> = new Set(["nobody"]);

export class Director {
  readonly #judgement = new Judgement();
  readonly #movement: Movement;
  readonly #longest: number;
  #phase: Phase = "watching";
  /** When the phase began, or, while watching, since when all is well. */
  #since: number | null = null;
  #byHand = false;
  #last: Direction = { phase: "watching", fault: null, left: 0, seconds: 0 };

  /** `longest` is the longest clip in seconds, `aspect` the picture's width over its height. */
  constructor(longest: number, aspect: number) {
    this.#longest = longest;
    this.#movement = new Movement(aspect);
  }

  see(seen: Observation): Direction {
    const { time } = seen;
    if (this.#last.phase === "over") return this.#last;
    const fault = this.#judgement.see(seen);
    this.#movement.see(time, seen.body);
    this.#step(time, fault);
    const spent = time - (this.#since ?? time);
    this.#last = {
      phase: this.#phase,
      fault,
      left: this.#phase === "countdown" ? Math.max(1, Math.ceil(COUNTDOWN_S - spent)) : 0,
      seconds: this.#phase === "recording" || this.#phase === "over" ? spent : 0,
    };
    return this.#last;
  }

  #step(time: number, fault: Fault | null): void {
    if (this.#phase === "watching") this.#watch(time, fault);
    else if (this.#phase === "countdown") this.#countDown(time, fault);
    else if (this.#phase === "recording") this.#record(time);
  }

  #watch(time: number, fault: Fault | null): void {
    this.#byHand = this.#movement.handIsUp(time) && !(fault && HOPELESS.has(fault));
    if (fault === null) this.#since ??= time;
    else this.#since = null;
    if (this.#byHand || (this.#since !== null && time - this.#since >= WELL_S)) this.#go("countdown", time);
  }

  #countDown(time: number, fault: Fault | null): void {
    const spoilt = fault !== null && (!this.#byHand || HOPELESS.has(fault));
    if (spoilt) {
      this.#phase = "watching";
      this.#since = null;
    } else if (time - (this.#since ?? time) >= COUNTDOWN_S) {
      this.#go("recording", time);
      this.#movement.begin();
    }
  }

  #record(time: number): void {
    const spent = time - (this.#since ?? time);
    const rested = this.#movement.moved && this.#movement.rests && spent > REST_S;
    if (rested || spent >= this.#longest) this.#phase = "over";
  }

  #go(phase: Phase, time: number): void {
    this.#phase = phase;
    this.#since = time;
  }
}
