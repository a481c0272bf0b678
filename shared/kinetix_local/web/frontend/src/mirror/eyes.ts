/** The mirror's eyes as the page sees them: one picture at a time goes to the worker, and an observation comes back. */

import wasm from "virtual:interpreter";
import script from "@litertjs/core/wasm/litert_wasm_compat_internal.js?url";
import landmarks from "@mediapipe/pose/pose_landmark_lite.tflite?url";
import detector from "@mediapipe/pose/pose_solution_packed_assets.data?url";
import type { Observation } from "./judgement";
import type { Interpreter } from "./network";

export type Question =
  | { kind: "open"; interpreter: Interpreter; detector: string; landmarks: string }
  | { kind: "look"; picture: ImageBitmap; time: number };
export type Answer = { kind: "open" } | { kind: "seen"; observation: Observation } | { kind: "failed"; detail: string };

/** Pictures are made as small as this before they are looked at, pixels of the longer side. */
const LONGEST = 640;

/** Eyes that are open. One picture is looked at at a time; a second one before the answer is passed over. */
export class Eyes {
  readonly #worker: Worker;
  readonly #canvas = new OffscreenCanvas(1, 1);
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;

  private constructor() {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url));
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#answered(data));
    this.#worker.addEventListener("error", (event) => this.#answered({ kind: "failed", detail: event.message }));
  }

  /** Fetches what is needed, which is kept by the browser. Rejects where the browser cannot do it. */
  static async open(): Promise<Eyes> {
    const eyes = new Eyes();
    try {
      await eyes.#ask({ kind: "open", interpreter: { script, wasm }, detector, landmarks });
      return eyes;
    } catch (error) {
      eyes.close();
      throw error;
    }
  }

  /** What is seen now; null when the camera shows nothing yet or the eyes are busy. `time` in seconds. */
  async look(video: HTMLVideoElement, time: number): Promise<Observation | null> {
    const { videoWidth: width, videoHeight: height } = video;
    if (this.#waiting || !width || !height) return null;
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.getContext("2d")?.drawImage(video, 0, 0, this.#canvas.width, this.#canvas.height);
    const picture = this.#canvas.transferToImageBitmap();
    const answer = await this.#ask({ kind: "look", picture, time }, [picture]);
    return answer.kind === "seen" ? answer.observation : null;
  }

  close(): void {
    this.#worker.terminate();
  }

  #ask(question: Question, transfer: Transferable[] = []): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(question, transfer);
    });
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (answer.kind === "failed") waiting?.reject(new Error(answer.detail));
    else waiting?.resolve(answer);
  }
}
