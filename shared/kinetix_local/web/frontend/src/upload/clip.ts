/** Check a clip before it is sent. */
export interface Clip {
  blob: Blob;
  name: string;
  url: string;
  duration: number;
  width: number;
  height: number;
}

export type ClipProblem = "notAVideo" | "tooBig" | "tooShort" | "empty";

export class ClipError extends Error {
  readonly problem: ClipProblem;
  constructor(problem: ClipProblem) {
    super(problem);
    this.problem = problem;
  }
}

const PATIENCE_MS = 10_000;

export async function readClip(
  blob: Blob,
  name: string,
  limits: { maxBytes: number; minSeconds: number },
): Promise<Clip> {
  if (!blob.size) throw new ClipError("empty");
  if (blob.size > limits.maxBytes) throw new ClipError("tooBig");
  const url = URL.createObjectURL(blob);
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "metadata";
  video.src = url;
  try {
    await once(video, "loadedmetadata");
    let { duration } = video;
    if (!Number.isFinite(duration)) {
      // A recording has no length in its header; seeking past the end finds it.
      video.currentTime = 1e7;
      await once(video, "durationchange", () => Number.isFinite(video.duration));
      duration = video.duration;
    }
    if (!video.videoWidth) throw new ClipError("notAVideo");
    if (duration < limits.minSeconds) throw new ClipError("tooShort");
    return { blob, name, url, duration, width: video.videoWidth, height: video.videoHeight };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error instanceof ClipError ? error : new ClipError("notAVideo");
  } finally {
    video.removeAttribute("src");
    video.load();
  }
}

function once(video: HTMLVideoElement, event: string, ready: () => boolean = () => true): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("timeout")), PATIENCE_MS);
    const done = (): void => {
      if (!ready()) return;
      clearTimeout(timer);
      video.removeEventListener(event, done);
      resolve();
    };
    video.addEventListener(event, done);
    video.addEventListener(
      "error",
      () => {
        clearTimeout(timer);
        reject(new Error("error"));
      },
      { once: true },
    );
  });
}
