/** What is wrong with what the camera sees, to be said before anything is filmed. Knows no page and no clock. */
import { ANKLES, FEET, HIPS, type Landmark, NOSE, SHOULDERS } from "./body";

/** One picture. `time` in seconds; `light` 0 … 1; `change` is the share of the background that has changed. */
export interface Observation {
  time: number;
  people: number;
  body: Landmark[] | null;
  light: number;
  change: number;
}

/** In the order in which they are told: the first one hides those after it. */
export const FAULTS = [
  "tooDark",
  "nobody",
  "severalPeople",
  "tooNear",
  "tooFar",
  "headOut",
  "feetOut",
  "aside",
  "cameraMoves",
] as const;
export type Fault = (typeof FAULTS)[number];

/** A fault is seen beyond the first value, and gone only within the second: between them the word stays what it was. */
interface Limit {
  begins: number;
  ends: number;
}

/** Heights and margins in parts of the picture. */
const LIMITS = {
  darkness: { begins: 0.88, ends: 0.85 },
  height: { begins: 0.97, ends: 0.93 },
  smallness: { begins: 0.55, ends: 0.5 },
  outside: { begins: 0.0, ends: -0.015 },
  change: { begins: 0.45, ends: 0.3 },
} as const satisfies Record<string, Limit>;
/** A word appears when a fault lasts so long, seconds, and goes when it is gone for so long. */
const APPEARS_S = 0.4;
const GOES_S = 0.7;
/** From the nose to a hand's width above the head, in lengths of the trunk. */
const HEAD = 0.6;
/** A foot that is guessed below this visibility is not seen. */
const LEAST_VISIBILITY = 0.3;

/** Top and bottom of the whole body, a little above the head to the feet, also outside of the picture. */
export function extent(body: Landmark[]): { top: number; bottom: number } {
  const trunk = Math.abs(middle(body, HIPS).y - middle(body, SHOULDERS).y);
  const top = at(body, NOSE).y - HEAD * trunk;
  return { top, bottom: Math.max(...FEET.map((index) => at(body, index).y)) };
}

export function at(body: Landmark[], index: number): Landmark {
  const found = body[index];
  if (!found) throw new RangeError(`there is no landmark ${index}`);
  return found;
}

export function middle(body: Landmark[], pair: readonly [number, number]): { x: number; y: number } {
  const [a, b] = [at(body, pair[0]), at(body, pair[1])];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** Every fault of one picture; those of the picture `before` it have to get well a little further. */
export function faults(seen: Observation, before: ReadonlySet<Fault>): Set<Fault> {
  const found = new Set<Fault>();
  const check = (fault: Fault, value: number, limit: Limit): void => {
    if (value > (before.has(fault) ? limit.ends : limit.begins)) found.add(fault);
  };
  check("tooDark", 1 - seen.light, LIMITS.darkness);
  check("cameraMoves", seen.change, LIMITS.change);
  if (!seen.people || !seen.body) return found.add("nobody");
  if (seen.people > 1) found.add("severalPeople");
  const { body } = seen;
  const { top, bottom } = extent(body);
  check("tooNear", bottom - top, LIMITS.height);
  check("tooFar", 1 - (bottom - top), LIMITS.smallness);
  check("headOut", -top, LIMITS.outside);
  check("feetOut", bottom - 1, LIMITS.outside);
  if (ANKLES.every((index) => at(body, index).visibility < LEAST_VISIBILITY)) found.add("feetOut");
  const across = [NOSE, ...SHOULDERS, ...HIPS, ...ANKLES].map((index) => at(body, index).x);
  check("aside", Math.max(-Math.min(...across), Math.max(...across) - 1), LIMITS.outside);
  return found;
}

/** Follows the pictures, and says one word at a time that does not flicker. */
export class Judgement {
  #found: ReadonlySet<Fault> = new Set();
  #shown: Fault | null = "nobody";
  #wanted: Fault | null = "nobody";
  #wantedSince = Number.NEGATIVE_INFINITY;

  /** What to tell now; null where all is well. */
  see(seen: Observation): Fault | null {
    this.#found = faults(seen, this.#found);
    const wanted = FAULTS.find((fault) => this.#found.has(fault)) ?? null;
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.#wantedSince = seen.time;
    }
    const patience = this.#shown === null ? APPEARS_S : GOES_S;
    if (wanted !== this.#shown && seen.time - this.#wantedSince >= patience) this.#shown = wanted;
    return this.#shown;
  }
}
