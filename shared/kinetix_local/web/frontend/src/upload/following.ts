/** What the service says of the link: at the start, while the emote is made, and while another camera is awaited. */

import { HttpError, Unreachable } from "../common/http";
import type { Store } from "../common/store";
import { isFurther, missing } from "./joining";
import type { Page, PageState } from "./page";
import type { Sending } from "./sending";
import { gateOf, type State, screenOf, screenOfTake } from "./state";

const POLL_MS = 1000;
const KEEP_MS = 30_000; // a link that is kept lives two minutes longer each time
const OFFLINE_MS = 3000;
/** Here the other camera may come and go; what is on the screen stays. */
const BEFORE_SUBMISSION: ReadonlySet<State["screen"]> = new Set(["choose", "camera", "edit", "awaiting", "joined"]);

/** Here nothing is sent that would keep the link. */
const KEPT: ReadonlySet<State["screen"]> = new Set([...BEFORE_SUBMISSION, "people", "half", "hopeless"]);

/** What the service says of the link, and when that ends. */
function told(link: PageState): Pick<State, "link" | "linkEnds"> {
  return { link, linkEnds: performance.now() + link.expireIn * 1000 };
}

export class Following {
  readonly #store: Store<State>;
  readonly #page: Page;
  readonly #sending: Sending;
  #poll: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store<State>, page: Page, sending: Sending) {
    this.#store = store;
    this.#page = page;
    this.#sending = sending;
  }

  /** Asks the service what this link is good for, and shows the screen for it. */
  async check(): Promise<void> {
    const store = this.#store;
    store.set({ problem: null });
    try {
      const link = await this.#page.state();
      store.set({
        ...told(link),
        note: "",
        ...screenOf(link),
        ...(store.state.clip && link.state === "open" ? { screen: "edit" } : {}),
      });
      this.follow();
    } catch (error) {
      if (!(error instanceof Unreachable) && error instanceof HttpError && error.status < 500)
        return store.set(gateOf("unknown"));
      // Set once: who reads what to do, or tests the connection, is not disturbed by every try.
      const isTold = (): boolean => store.state.gate?.title === "offlineTitle";
      if (!isTold()) store.set(gateOf("offline"));
      setTimeout(() => void (isTold() && this.check()), OFFLINE_MS);
    }
  }

  /** Polls for the emote that is made, for another camera, and to keep the link; a lost connection is waited out. */
  follow(): void {
    clearTimeout(this.#poll);
    const { screen, link, added } = this.#store.state;
    const together = isFurther(this.#store.state) || added !== null || Boolean(link?.cameras.length);
    const ongoing = screen === "processing" || (together && BEFORE_SUBMISSION.has(screen));
    if (!ongoing && !(link?.kept && KEPT.has(screen))) return;
    this.#poll = setTimeout(
      () => {
        this.refresh()
          .catch(() => this.#store.set({ waiting: true }))
          .finally(() => this.follow());
      },
      ongoing ? POLL_MS : KEEP_MS,
    );
  }

  /** Asks once. A clip or an emote for which the other camera was awaited is sent on. */
  async refresh(): Promise<void> {
    const store = this.#store;
    const link = await this.#page.state();
    const { screen } = store.state;
    if (screen === "processing" || (link.process && isFurther(store.state))) {
      if (link.process) store.set({ link, take: link.process, screen: screenOfTake(link.process), waiting: false });
      else store.set({ link, ...screenOf(link) });
      return;
    }
    store.set(told(link));
    if (screen === "awaiting" && !missing(store.state).length) await this.#sending.submit();
    const own = link.cameras.find((one) => one.camera === store.state.number);
    if (screen === "joined" && link.state === "open" && own?.state !== "arrived") await this.#sending.send();
    this.follow();
  }
}
