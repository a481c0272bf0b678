/** Filming the clip, after a countdown. Only this opens the camera. */

import { clock } from "../common/format";
import { LocalizedError, t } from "../common/i18n";
import type { Store } from "../common/store";
import { closeCamera, openCamera, Recording } from "./camera";
import { limitsOf, type State } from "./state";

const COUNTDOWN_S = 3;
/** Extra seconds, as the span is chosen later. */
const SPARE_S = 5;
/** Before the recording stops by itself. */
const WARNED_S = 3;

export class Filming {
  /** Stream of the camera, null while it is closed. */
  stream: MediaStream | null = null;
  #facing: "user" | "environment" = "user";
  #recording: Recording | null = null;

  constructor(
    private readonly store: Store<State>,
    private readonly filmed: (clip: Blob, name: string) => void,
  ) {}

  async showCamera(): Promise<void> {
    this.end();
    try {
      this.stream = await openCamera(this.#facing);
      this.store.set({ screen: "checking", note: "" });
      this.store.set({ screen: "camera", camera: "ready", note: "" });
    } catch (error) {
      this.store.set({ screen: "choose", note: error instanceof LocalizedError ? t(error.key) : String(error) });
    }
  }

  async switchCamera(): Promise<void> {
    this.#facing = this.#facing === "user" ? "environment" : "user";
    await this.showCamera();
  }

  async countDownAndRecord(): Promise<void> {
    for (let left = COUNTDOWN_S; left > 0; left -= 1) {
      this.store.set({ camera: "countdown", note: t("startIn", { count: left }) });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (!this.stream || this.store.state.screen !== "camera") return;
    }
    if (!this.stream) return;
    const running = new Recording(this.stream);
    this.#recording = running;
    const longest = limitsOf(this.store.state).maxSeconds + SPARE_S;
    const tick = (): void => {
      if (this.#recording !== running) return;
      const left = Math.ceil(longest - running.seconds);
      const time = clock(running.seconds);
      const note = left <= WARNED_S ? t("recordingEnds", { time, left }) : t("recording", { time });
      this.store.set({ camera: "recording", note });
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
    this.store.set({ camera: "ready", note: "" });
    this.filmed(blob, name);
  }

  /** Close the camera and drop its recording. */
  end(): void {
    this.#recording = null;
    closeCamera(this.stream);
    this.stream = null;
  }
}
