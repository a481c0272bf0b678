/** Send a clip in pieces, resuming after a lost connection, a reload or a restart. */
import { HttpError, type Transport, Unreachable } from "../common/http";

export const PIECE = 1024 * 1024;
const DELAYS_MS = [500, 1000, 2000, 4000, 8000, 8000, 8000, 8000];

export interface TransferOptions {
  token: string;
  clip: Blob;
  name: string;
  camera?: number;
  signal: AbortSignal;
  onProgress(sent: number, total: number): void;
  /** True while the connection is down and the transfer waits. */
  onWaiting(waiting: boolean): void;
  wait?(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Send a clip.
 * Rejects with HttpError (refused), Unreachable (given up) or AbortError (cancelled).
 */
export async function transfer(transport: Transport, options: TransferOptions): Promise<void> {
  const { clip, signal, onProgress, onWaiting, wait = pause } = options;
  let offset = 0;
  let failures = 0;
  let first = true;
  while (first || offset < clip.size) {
    first = false;
    signal.throwIfAborted();
    try {
      const body = clip.slice(offset, Math.min(offset + PIECE, clip.size));
      const query = new URLSearchParams({ offset: String(offset), total: String(clip.size), name: options.name });
      if (options.camera) query.set("camera", String(options.camera));
      const answer = await transport.call<{ received: number }>(`/_local/page/${options.token}/clip?${query}`, {
        method: "PUT",
        body,
        signal,
        headers: { "content-type": "application/octet-stream" },
      });
      offset = answer.received;
      failures = 0;
      onWaiting(false);
      onProgress(offset, clip.size);
    } catch (error) {
      signal.throwIfAborted();
      // 409 carries the count of bytes that the server has.
      const known =
        error instanceof HttpError && error.status === 409
          ? (error.body as { received?: number } | null)?.received
          : null;
      if (typeof known === "number" && failures < DELAYS_MS.length) {
        offset = known;
        failures += 1;
        continue;
      }
      if (!worthRepeating(error)) throw error;
      const delay = DELAYS_MS[failures];
      if (delay === undefined) throw error;
      failures += 1;
      onWaiting(true);
      await wait(delay, signal);
    }
  }
}

export function worthRepeating(error: unknown): boolean {
  return (
    error instanceof Unreachable ||
    (error instanceof HttpError && (error.status >= 500 || error.status === 429 || error.status === 408))
  );
}

/** Wait, or until the browser is online again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", aborted);
      resolve();
    };
    const aborted = (): void => {
      done();
      reject(signal.reason);
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
    signal.addEventListener("abort", aborted, { once: true });
  });
}
