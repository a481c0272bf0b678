/** One state, one way to change it. Views are functions of the state. */
export class Store<State extends object> {
  #state: State;
  readonly #listeners: ((state: State, before: State) => void)[] = [];

  constructor(initial: State) {
    this.#state = Object.freeze({ ...initial });
  }

  get state(): Readonly<State> {
    return this.#state;
  }

  set(change: Partial<State>): void {
    const before = this.#state;
    this.#state = Object.freeze({ ...before, ...change });
    for (const listener of this.#listeners) listener(this.#state, before);
  }

  subscribe(listener: (state: State, before: State) => void): void {
    this.#listeners.push(listener);
  }
}
