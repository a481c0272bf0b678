/** Polling of the link and its take. */

import { HttpError, Unreachable } from "../common/http";
import type { Store } from "../common/store";
import { isFurther, missing } from "./joining";
import type { Page, PageState } from "./page";
import type { Sending } from "./sending";
import { gateOf, type State, screenOf, screenOfTake } from "./state";

const POLL_MS = 1000;
const KEEP_MS = 30_000; // a link that is kept lives two minutes longer each time
const OFFLINE_MS = 3000;
/** Screens that stay while other cameras change. */
const BEFORE_SUBMISSION: ReadonlySet<State["screen"]> = new Set(["choose", "camera", "edit", "awaiting", "joined"]);

/** Screens during which the page keeps the link. */
const KEPT: ReadonlySet<State["screen"]> = new Set([...BEFORE_SUBMISSION, "people", "half", "hopeless"]);

function linkState(link: PageState): Pick<State, "link" | "linkEnds"> {
  return { link, linkEnds: performance.now() + link.expireIn * 1000 };
}

export class Following {
  #poll: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: Store<State>,
    private readonly page: Page,
    private readonly sending: Sending,
  ) {}

  /** Read the link and show its screen. */
  async check(): Promise<void> {
    const store = this.store;
    store.set({ problem: null });
    try {
      const link = await this.page.state();
      store.set({
        ...linkState(link),
        note: "",
        ...screenOf(link),
        ...(store.state.clip && link.state === "open" ? { screen: "edit" } : {}),
      });
      this.follow();
    } catch (error) {
      if (!(error instanceof Unreachable) && error instanceof HttpError && error.status < 500)
        return store.set(gateOf("unknown"));
      // Set once, so that retries do not disturb the help.
      const isOffline = (): boolean => store.state.gate?.title === "offlineTitle";
      if (!isOffline()) store.set(gateOf("offline"));
      setTimeout(() => void (isOffline() && this.check()), OFFLINE_MS);
    }
  }

  /** Poll for the emote and other cameras, and keep the link. */
  follow(): void {
    clearTimeout(this.#poll);
    const { screen, link, added } = this.store.state;
    const together = isFurther(this.store.state) || added !== null || Boolean(link?.cameras.length);
    const ongoing = screen === "processing" || (together && BEFORE_SUBMISSION.has(screen));
    if (!ongoing && !(link?.kept && KEPT.has(screen))) return;
    this.#poll = setTimeout(
      () => {
        this.refresh()
          .catch(() => this.store.set({ waiting: true }))
          .finally(() => this.follow());
      },
      ongoing ? POLL_MS : KEEP_MS,
    );
  }

  async refresh(): Promise<void> {
    const store = this.store;
    const link = await this.page.state();
    const { screen } = store.state;
    if (screen === "processing" || (link.process && isFurther(store.state))) {
      if (link.process) store.set({ link, take: link.process, screen: screenOfTake(link.process), waiting: false });
      else store.set({ link, ...screenOf(link) });
      return;
    }
    store.set(linkState(link));
    if (screen === "awaiting" && !missing(store.state).length) await this.sending.submit();
    const own = link.cameras.find((one) => one.camera === store.state.number);
    if (screen === "joined" && link.state === "open" && own?.state !== "arrived") await this.sending.send();
    this.follow();
  }
}
