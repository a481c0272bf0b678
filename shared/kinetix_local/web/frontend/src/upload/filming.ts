/** Filming the clip, with the plain camera and its countdown or in the live mirror. Only this opens the camera. */

import { clock } from "../common/format";
import { t } from "../common/i18n";
import type { Store } from "../common/store";
import { CameraError, closeCamera, isFrontCamera, openCamera, Recording } from "./camera";
import { camera } from "./screens";
import { longestOf, type State } from "./state";
import type { Actions, View } from "./view";

const COUNTDOWN_S = 3;
/** Filmed beyond what an emote may last, as the span is chosen afterwards. */
const SPARE_S = 5;

export interface FilmingEvents {
  /** `restsAt`: the second at which the move is known to be over, when it is. */
  onFilmed(clip: Blob, name: string, restsAt?: number | null): void;
  onBack(): void;
}

export class Filming {
  readonly #store: Store<State>;
  readonly #events: FilmingEvents;
  #stream: MediaStream | null = null;
  /** Builds the live mirror, once all that it needs is here. */
  #mirror: (() => View) | null = null;
  #facing: "user" | "environment" = "user";
  #recording: Recording | null = null;

  constructor(store: Store<State>, events: FilmingEvents) {
    this.#store = store;
    this.#events = events;
  }

  /** What the camera's or the mirror's screen shows; null when the camera is closed. */
  view(state: State, actions: Actions): View | null {
    if (!this.#stream) return null;
    return state.screen === "mirror" ? (this.#mirror?.() ?? null) : camera(state, actions, this.#stream);
  }

  async showCamera(): Promise<void> {
    if (!(await this.#open())) return;
    this.#store.set({ screen: "checking", note: "" });
    this.#showPlain("");
  }

  /** The live mirror is fetched when somebody asks for it. Where it cannot be had, the plain camera says so. */
  async showMirror(): Promise<void> {
    const stream = await this.#open();
    if (!stream) return;
    this.#store.set({ screen: "checking", note: "" });
    try {
      const [{ mirror }, { Eyes }] = await Promise.all([import("../mirror/mirror"), import("../mirror/eyes")]);
      const eyes = await Eyes.open();
      this.#mirror = () =>
        mirror({
          stream,
          eyes,
          flipped: isFrontCamera(stream),
          longest: longestOf(this.#store.state),
          onFilmed: (blob, name, restsAt) => {
            this.end();
            this.#events.onFilmed(blob, name, restsAt);
          },
          onFailed: () => this.#showPlain(t("mirrorFailed")),
          onPlain: () => this.#showPlain(""),
          onOtherCamera: () => {
            this.#turn();
            void this.showMirror();
          },
          onBack: () => this.#events.onBack(),
        });
      if (this.#stream === stream) this.#store.set({ screen: "mirror" });
      else eyes.close();
    } catch {
      if (this.#stream === stream) this.#showPlain(t("mirrorFailed"));
    }
  }

  async switchCamera(): Promise<void> {
    this.#turn();
    await this.showCamera();
  }

  async countDownAndRecord(): Promise<void> {
    for (let left = COUNTDOWN_S; left > 0; left -= 1) {
      this.#store.set({ camera: "countdown", note: t("startIn", { count: left }) });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (!this.#stream || this.#store.state.screen !== "camera") return;
    }
    if (!this.#stream) return;
    const running = new Recording(this.#stream);
    this.#recording = running;
    const longest = longestOf(this.#store.state) + SPARE_S;
    const tick = (): void => {
      if (this.#recording !== running) return;
      this.#store.set({ camera: "recording", note: t("recording", { time: clock(running.seconds) }) });
      if (running.seconds >= longest) void this.stopRecording();
      else setTimeout(tick, 250);
    };
    tick();
  }

  async stopRecording(): Promise<void> {
    const running = this.#recording;
    this.#recording = null;
    if (!running) return;
    const { blob, name } = await running.stop();
    this.end();
    this.#store.set({ camera: "ready", note: "" });
    this.#events.onFilmed(blob, name);
  }

  /** Closes the camera; what it records is dropped. */
  end(): void {
    this.#recording = null;
    closeCamera(this.#stream);
    this.#stream = null;
  }

  /** The camera's stream; null, with the reason on the screen of the choice, when there is none. */
  async #open(): Promise<MediaStream | null> {
    this.end();
    try {
      const stream = await openCamera(this.#facing);
      this.#stream = stream;
      return stream;
    } catch (error) {
      this.#store.set({ screen: "choose", note: error instanceof CameraError ? t(error.problem) : String(error) });
      return null;
    }
  }

  #showPlain(note: string): void {
    this.#store.set({ screen: "camera", camera: "ready", note });
  }

  #turn(): void {
    this.#facing = this.#facing === "user" ? "environment" : "user";
  }
}
