/** Recording with the phone's camera. */
import { type Key, LocalizedError } from "../common/i18n";

const FORMATS = ["video/mp4;codecs=avc1", "video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];
const BITS_PER_SECOND = 6_000_000;

function problemOf(error: unknown): Key {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "noPermission";
  if (name === "NotReadableError" || name === "AbortError") return "cameraBusy";
  return "noCamera";
}

/** Rejects with LocalizedError. */
export async function openCamera(facing: "user" | "environment"): Promise<MediaStream> {
  if (!window.isSecureContext || !navigator.mediaDevices) throw new LocalizedError("needsHttps");
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        facingMode: { ideal: facing },
        width: { ideal: 1280 },
        height: { ideal: 720 },
        frameRate: { ideal: 30 },
      },
    });
  } catch (error) {
    throw new LocalizedError(problemOf(error));
  }
}

export function closeCamera(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

const PIECE_MS = 250;

export class Recording {
  readonly #recorder: MediaRecorder;
  readonly #pieces: Blob[] = [];
  /** Start of the recording, before its first piece. */
  #began: number | null = null;

  constructor(stream: MediaStream) {
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    this.#recorder = new MediaRecorder(stream, {
      ...(mimeType ? { mimeType } : {}),
      videoBitsPerSecond: BITS_PER_SECOND,
    });
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#pieces.push(data));
    this.#recorder.addEventListener("start", () => {
      this.#began = performance.now();
    });
    this.#recorder.start(PIECE_MS);
  }

  get seconds(): number {
    return this.#began === null ? 0 : (performance.now() - this.#began) / 1000;
  }

  stop(): Promise<{ blob: Blob; name: string }> {
    return new Promise((resolve) => {
      this.#recorder.addEventListener(
        "stop",
        () => {
          const type = this.#recorder.mimeType.split(";")[0] ?? "video/webm";
          resolve({
            blob: new Blob(this.#pieces, { type }),
            name: `recording.${type === "video/mp4" ? "mp4" : "webm"}`,
          });
        },
        { once: true },
      );
      this.#recorder.stop();
    });
  }
}
