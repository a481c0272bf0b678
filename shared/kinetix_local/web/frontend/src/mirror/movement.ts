/** Whether somebody moves, rests, or holds a hand up, from the landmarks of the last moments. */
import { ANKLES, HIPS, type Landmark, NOSE, SHOULDERS, WRISTS } from "./body";
import { at, extent, middle } from "./judgement";

/** The span that is looked at for a rest, seconds. */
export const REST_S = 1.2;
/** Who moved no hand, foot, hip or head by more than the first within it rests; by more than the second, moves. */
const STILL = 0.06;
const MOVED = 0.15;
/** A hand is up when it is so far above the nose, in lengths of the trunk, and stays so long, seconds. */
const ABOVE = 0.15;
const HELD_S = 0.8;
const LEAST_VISIBILITY = 0.5;

/** x in parts of the picture's height too, so that a wide picture moves nothing further. */
interface Sample {
  time: number;
  points: { x: number; y: number }[];
}

/** Points are compared in heights of the body. `aspect` is the picture's width over its height. */
export class Movement {
  readonly #aspect: number;
  #samples: Sample[] = [];
  #raisedSince: number | null = null;
  /** Something big has moved since `begin`. */
  moved = false;

  constructor(aspect: number) {
    this.#aspect = aspect;
  }

  begin(): void {
    this.#samples = [];
    this.moved = false;
  }

  /** A further picture; one without a body tells nothing. */
  see(time: number, body: Landmark[] | null): void {
    if (!body) {
      this.#forget(time);
      return;
    }
    const { top, bottom } = extent(body);
    const size = Math.max(bottom - top, 1e-3);
    const points = [NOSE, ...WRISTS, ...ANKLES, ...HIPS].map((index) => {
      const { x, y } = at(body, index);
      return { x: (x * this.#aspect) / size, y: y / size };
    });
    this.#samples = [...this.#samples.filter((sample) => time - sample.time <= REST_S * 1.5), { time, points }];
    if (this.#excursion() > MOVED) this.moved = true;
    const up = isHandUp(body);
    this.#raisedSince = up ? (this.#raisedSince ?? time) : null;
  }

  /** Still for as long as a rest takes. */
  get rests(): boolean {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return first !== undefined && last !== undefined && last.time - first.time >= REST_S && this.#excursion() < STILL;
  }

  /** A hand is held above the head. */
  handIsUp(time: number): boolean {
    return this.#raisedSince !== null && time - this.#raisedSince >= HELD_S;
  }

  #forget(time: number): void {
    this.#raisedSince = null;
    this.#samples = this.#samples.filter((sample) => time - sample.time <= REST_S);
  }

  /** How far the point that moved most went within the samples of one rest. */
  #excursion(): number {
    const last = this.#samples.at(-1);
    if (!last) return 0;
    const recent = this.#samples.filter((sample) => last.time - sample.time <= REST_S * 1.25);
    return Math.max(
      ...last.points.map((_, index) => {
        const x = recent.map((sample) => sample.points[index]?.x ?? 0);
        const y = recent.map((sample) => sample.points[index]?.y ?? 0);
        return Math.hypot(Math.max(...x) - Math.min(...x), Math.max(...y) - Math.min(...y));
      }),
    );
  }
}

/** Exactly one hand well above the head: both go up in many a move. */
export function isHandUp(body: Landmark[]): boolean {
  const trunk = Math.abs(middle(body, HIPS).y - middle(body, SHOULDERS).y);
  const high = at(body, NOSE).y - ABOVE * trunk;
  const up = WRISTS.map((index) => at(body, index)).filter(
    (wrist) => wrist.visibility >= LEAST_VISIBILITY && wrist.y < high,
  );
  return up.length === 1;
}
