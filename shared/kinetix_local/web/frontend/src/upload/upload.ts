/** Upload of a clip, from the link to the accepted emote. */

import { apiTime, bytes } from "../common/format";
import { HttpError } from "../common/http";
import { LocalizedError, refusal, t } from "../common/i18n";
import type { Store } from "../common/store";
import { readClip } from "./clip";
import { FULL_FRAME, isFullFrame, pixels } from "./crop";
import { Filming } from "./filming";
import type { Page, PageState, Seen } from "./page";
import {
  gateOf,
  INITIAL,
  isFurther,
  limitsOf,
  missing,
  offersFace,
  type State,
  sameClipAgain,
  screenOf,
  screenOfTake,
} from "./state";
import { transfer } from "./transfer";
import { firstSpan } from "./trim";

const NOTHING_SEEN: Seen = { people: [], failure: null };
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

export class Upload {
  readonly filming: Filming;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #transfer: AbortController | null = null;
  #submitting = false;

  constructor(
    readonly store: Store<State>,
    readonly page: Page,
  ) {
    this.filming = new Filming(store, (clip, name) => void this.pick(clip, name));
  }

  /** Read the link and show its screen. */
  async check(): Promise<void> {
    const { store, page } = this;
    if (!page.token) return store.set(gateOf("unknown"));
    store.set({ problem: null });
    try {
      const link = await page.state();
      store.set({
        ...linkState(link),
        note: "",
        ...screenOf(link),
        ...(store.state.clip && link.state === "open" ? { screen: "edit" } : {}),
      });
      this.follow();
    } catch (error) {
      if (error instanceof HttpError && error.status < 500) return store.set(gateOf("unknown"));
      // Set once, so that retries do not disturb the help.
      const isOffline = (): boolean => store.state.gate?.title === "offlineTitle";
      if (!isOffline()) store.set(gateOf("offline"));
      setTimeout(() => void (isOffline() && this.check()), OFFLINE_MS);
    }
  }

  /** Poll for the emote and other cameras, and keep the link. */
  follow(): void {
    clearTimeout(this.#poll);
    const { state } = this.store;
    const { screen, link, added } = state;
    const together = isFurther(state) || added !== null || Boolean(link?.cameras.length);
    const ongoing = screen === "processing" || (together && BEFORE_SUBMISSION.has(screen));
    if (!ongoing && !(link?.kept && KEPT.has(screen))) return;
    this.#poll = setTimeout(
      () => {
        this.#refresh()
          .catch(() => this.store.set({ waiting: true }))
          .finally(() => this.follow());
      },
      ongoing ? POLL_MS : KEEP_MS,
    );
  }

  async #refresh(): Promise<void> {
    const { store } = this;
    const link = await this.page.state();
    const { screen, number } = store.state;
    if (screen === "processing" || (link.process && isFurther(store.state))) {
      if (link.process) store.set({ link, take: link.process, screen: screenOfTake(link.process), waiting: false });
      else store.set({ link, ...screenOf(link) });
      return;
    }
    store.set(linkState(link));
    if (screen === "awaiting" && !missing(store.state).length) await this.submit();
    const own = link.cameras.find((one) => one.camera === number);
    if (screen === "joined" && link.state === "open" && own?.state !== "arrived") await this.send();
    this.follow();
  }

  backToChoice(): void {
    const { store } = this;
    this.filming.end();
    if (store.state.clip) URL.revokeObjectURL(store.state.clip.url);
    store.set({ screen: "choose", clip: null, note: "", problem: null, crop: FULL_FRAME, people: [], choice: {} });
  }

  /** Read a clip, and show the screen that trims it. */
  async pick(blob: Blob, name: string): Promise<void> {
    const { store } = this;
    const limits = limitsOf(store.state);
    store.set({ screen: "checking" });
    try {
      const clip = await readClip(blob, name, limits);
      const span = firstSpan(clip.duration, limits);
      store.set({ screen: "edit", clip, span, crop: FULL_FRAME, note: "" });
      if (isFurther(store.state)) void this.send(); // the first camera's page trims and names the take
    } catch (error) {
      const problem = error instanceof LocalizedError ? error.key : "notAVideo";
      store.set({
        screen: "choose",
        note: t(problem, { size: bytes(blob.size), limit: bytes(limits.maxBytes), seconds: limits.minSeconds }),
      });
    }
  }

  async addCamera(): Promise<void> {
    try {
      this.store.set({ added: await this.page.addCamera(), note: "" });
      await this.#refresh();
    } catch (error) {
      this.store.set({ note: refusal(error) });
    }
  }

  /** Send the clip, and create its emote if nothing has to be asked first. */
  async send(): Promise<void> {
    const { store, page } = this;
    const { clip } = store.state;
    if (!clip) return;
    this.#transfer = new AbortController();
    const { signal } = this.#transfer;
    store.set({ screen: "uploading", sent: 0, waiting: false, note: "" });
    try {
      await transfer(page, clip, {
        signal,
        onProgress: (sent) => store.set({ sent }),
        onWaiting: (waiting) => store.set({ waiting }),
      });
      if (isFurther(store.state)) store.set({ screen: "joined", waiting: false });
      else if (missing(store.state).length) store.set({ screen: "awaiting", waiting: false });
      else await this.#submitOrChoose();
    } catch (error) {
      if (signal.aborted) store.set({ screen: isFurther(store.state) ? "choose" : "edit" });
      else this.#refuse(error);
    } finally {
      this.follow();
    }
  }

  cancel(): void {
    this.#transfer?.abort();
  }

  /** Create the emote from the clips that have arrived. */
  async submit(change: Partial<State> = {}): Promise<void> {
    const { store } = this;
    store.set(change);
    const { clip, span, crop, name, mature, upper, face, choice } = store.state;
    if (!clip || this.#submitting) return;
    this.#submitting = true;
    try {
      const link = await this.page.submit({
        start: apiTime(span.start),
        end: apiTime(span.end),
        name: name.trim(),
        mature,
        ...choice,
        ...(upper ? { body: "upper" } : {}),
        ...(face && offersFace(store.state) ? { face } : {}),
        ...(isFullFrame(crop) ? {} : pixels(crop, clip.width, clip.height)),
      });
      store.set({ link, ...screenOf(link), waiting: false, problem: null });
      this.follow();
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#submitting = false;
    }
  }

  /**
   * Ask first if the clip has several people, half of one, or none; do not ask if the look fails.
   * The capture would refuse a clip without people only after its turn, and use up the link.
   */
  async #submitOrChoose(): Promise<void> {
    const { span, crop, upper } = this.store.state;
    const part = isFullFrame(crop) ? null : [crop.left, crop.top, crop.right - crop.left, crop.bottom - crop.top];
    const seen = await this.page.look({ ...span, crop: part, upper }).catch(() => NOTHING_SEEN);
    if (seen.failure) this.store.set({ screen: "hopeless", problem: seen.failure });
    else if (seen.people.length > 1) this.store.set({ screen: "people", people: seen.people, choice: {} });
    else if (seen.people[0]?.upperOnly) this.store.set({ screen: "half" });
    else await this.submit();
  }

  #refuse(error: unknown): void {
    if (error instanceof HttpError && (error.status === 403 || error.status === 404)) {
      void this.check();
      return;
    }
    const offline = { code: "offline", title: t("offlineTitle"), nextStep: t("offlineHint") };
    const problem = error instanceof HttpError ? error.problem : offline;
    this.store.set({ screen: "refused", problem, take: null });
  }

  /** Accept the take. */
  keep(): Promise<void> {
    return this.#decide(async () => {
      const link = await this.page.validate();
      if (!link) this.store.set({ note: t("nextTakeSilent") });
      else if (link.process) this.store.set({ link, take: link.process, screen: screenOfTake(link.process) });
    });
  }

  /** Open the link of another take in place of this one. */
  retake(): Promise<void> {
    return this.#decide(async () => window.location.assign(await this.page.retake()));
  }

  async #decide(act: () => Promise<void>): Promise<void> {
    this.store.set({ busy: true, note: "" });
    await act().catch((error) => this.store.set({ note: refusal(error) }));
    this.store.set({ busy: false });
  }

  /** Start another take of the same or another clip, perhaps in place of this one. The camera and the clip stay. */
  async nextTake(of: "same" | "other", replaces = false): Promise<void> {
    const { store, page } = this;
    store.set({ asking: true, note: "" });
    try {
      const next = await page.nextTake(replaces);
      if (!next) return store.set({ asking: false, note: t("nextTakeSilent") });
      page.token = next;
      window.history.replaceState(null, "", `?token=${next}`);
      const { clip } = store.state;
      store.set(of === "same" ? sameClipAgain(store.state) : INITIAL);
      if (of === "other" && clip) URL.revokeObjectURL(clip.url);
      await this.check();
    } catch (error) {
      store.set({ asking: false, note: refusal(error) });
    }
  }
}
