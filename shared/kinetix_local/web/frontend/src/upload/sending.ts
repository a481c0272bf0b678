/** Sending of a clip until its emote is being created. */

import { apiTime } from "../common/format";
import { HttpError } from "../common/http";
import { t } from "../common/i18n";
import type { Store } from "../common/store";
import { isFullFrame, pixels } from "./crop";
import { isFurther, missing } from "./joining";
import type { Page, Seen } from "./page";
import { offersFace, type State, screenOf } from "./state";
import { transfer } from "./transfer";

const NOTHING_SEEN: Seen = { people: [], failure: null };

export interface SendingEvents {
  onSent(): void;
  onClosed(): void;
}

export class Sending {
  #upload: AbortController | null = null;
  #submitting = false;

  constructor(
    private readonly store: Store<State>,
    private readonly page: Page,
    private readonly events: SendingEvents,
  ) {}

  async send(): Promise<void> {
    const store = this.store;
    const { clip } = store.state;
    if (!clip) return;
    const running = new AbortController();
    this.#upload = running;
    store.set({ screen: "uploading", sent: 0, waiting: false, note: "" });
    try {
      await transfer(this.page.transport, {
        token: this.page.token,
        clip: clip.blob,
        name: clip.name,
        ...(isFurther(store.state) ? { camera: store.state.number } : {}),
        signal: running.signal,
        onProgress: (sent) => store.set({ sent }),
        onWaiting: (waiting) => store.set({ waiting }),
      });
      if (isFurther(store.state)) store.set({ screen: "joined", waiting: false });
      else if (missing(store.state).length) store.set({ screen: "awaiting", waiting: false });
      else await this.#submitOrChoose();
    } catch (error) {
      if (running.signal.aborted) return store.set({ screen: isFurther(store.state) ? "choose" : "edit" });
      this.#refusedBy(error);
    } finally {
      this.#upload = null;
      this.events.onSent();
    }
  }

  cancel(): void {
    this.#upload?.abort();
  }

  /** Create the emote from the clips that have arrived. */
  async submit(): Promise<void> {
    const { clip, span, crop, name, mature, upper, face, choice } = this.store.state;
    if (!clip || this.#submitting) return;
    this.#submitting = true;
    const cut = isFullFrame(crop) ? {} : pixels(crop, clip.width, clip.height);
    const body = upper ? { body: "upper" as const } : {};
    const shapes = face && offersFace(this.store.state) ? { face: true } : {};
    const part = { start: apiTime(span.start), end: apiTime(span.end) };
    try {
      const form = { ...part, name: name.trim(), mature, ...choice, ...body, ...shapes, ...cut };
      const link = await this.page.submit(form);
      this.store.set({ link, ...screenOf(link), waiting: false, problem: null });
      this.events.onSent();
    } catch (error) {
      this.#refusedBy(error);
    } finally {
      this.#submitting = false;
    }
  }

  /**
   * Several people in the clip, half of one, or nobody: it is asked first. What cannot be looked at is not asked about.
   * The capture would refuse a clip with nobody in it too, but only after its turn, and the link would be used up.
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

  #refusedBy(error: unknown): void {
    if (error instanceof HttpError && (error.status === 403 || error.status === 404)) {
      this.events.onClosed();
      return;
    }
    const problem =
      error instanceof HttpError
        ? error.problem
        : { code: "offline", title: t("offlineTitle"), nextStep: t("offlineHint") };
    this.store.set({ screen: "refused", problem, take: null });
  }
}
