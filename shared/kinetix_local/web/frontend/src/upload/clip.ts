/** Check a clip before it is sent. */
import { LocalizedError } from "../common/i18n";

export interface Clip {
  blob: Blob;
  name: string;
  url: string;
  duration: number;
  width: number;
  height: number;
}

const PATIENCE_MS = 10_000;

/** Rejects with LocalizedError. */
export async function readClip(
  blob: Blob,
  name: string,
  limits: { maxBytes: number; minSeconds: number },
): Promise<Clip> {
  if (!blob.size) throw new LocalizedError("empty");
  if (blob.size > limits.maxBytes) throw new LocalizedError("tooBig");
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
    if (!video.videoWidth) throw new LocalizedError("notAVideo");
    if (duration < limits.minSeconds) throw new LocalizedError("tooShort");
    return { blob, name, url, duration, width: video.videoWidth, height: video.videoHeight };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error instanceof LocalizedError ? error : new LocalizedError("notAVideo");
  } finally {
    video.removeAttribute("src");
    video.load();
  }
}

function once(video: HTMLVideoElement, event: string, ready: () => boolean = () => true): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  return new Promise<void>((resolve, reject) => {
    video.addEventListener(event, () => ready() && resolve(), { signal });
    video.addEventListener("error", () => reject(new Error("error")), { signal });
    setTimeout(() => reject(new Error("timeout")), PATIENCE_MS);
  }).finally(() => over.abort());
}
