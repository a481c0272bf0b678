/** Whether this device looks at pictures quickly enough for a mirror. */

/** Pictures a second; with fewer the figure lags behind so far that nobody can stand by it. */
export const LEAST_RATE = 12;
/** The first ones are slower, as everything is made ready then. */
const PASSED_OVER = 5;
const COUNTED = 15;

export class Pace {
  #looks = 0;
  readonly #seconds: number[] = [];

  /** One picture took so long, in seconds. */
  took(seconds: number): void {
    this.#looks += 1;
    if (this.#looks <= PASSED_OVER) return;
    this.#seconds.push(seconds);
    if (this.#seconds.length > COUNTED) this.#seconds.shift();
  }

  /** Pictures a second by the median, once there are enough of them. */
  get rate(): number | null {
    if (this.#seconds.length < COUNTED) return null;
    const sorted = [...this.#seconds].sort((a, b) => a - b);
    return 1 / Math.max(sorted[Math.floor(COUNTED / 2)] ?? 0, 1e-3);
  }

  get isTooSlow(): boolean {
    return this.rate !== null && this.rate < LEAST_RATE;
  }
}
