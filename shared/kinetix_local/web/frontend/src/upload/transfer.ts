/** Send a clip in pieces, resuming after a lost connection, a reload or a restart. */
import { HttpError, Unreachable } from "../common/http";
import type { Clip } from "./clip";
import type { Page } from "./page";

export const PIECE = 1024 * 1024;
const DELAYS_MS = [500, 1000, 2000, 4000, 8000, 8000, 8000, 8000];

export interface TransferOptions {
  signal: AbortSignal;
  onProgress(sent: number): void;
  /** True while the connection is down and the transfer waits. */
  onWaiting(waiting: boolean): void;
}

/**
 * Send a clip.
 * Rejects with HttpError (refused), Unreachable (given up) or AbortError (cancelled).
 */
export async function transfer(
  page: Page,
  { blob, name }: Pick<Clip, "blob" | "name">,
  options: TransferOptions,
): Promise<void> {
  const { signal, onProgress, onWaiting } = options;
  let offset = 0;
  let failures = 0;
  do {
    signal.throwIfAborted();
    try {
      offset = await page.sendPiece(blob, name, offset, Math.min(offset + PIECE, blob.size), signal);
      failures = 0;
      onWaiting(false);
      onProgress(offset);
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
      await pause(delay, signal);
    }
  } while (offset < blob.size);
}

function worthRepeating(error: unknown): boolean {
  return (
    error instanceof Unreachable ||
    (error instanceof HttpError && (error.status >= 500 || error.status === 429 || error.status === 408))
  );
}

/** Wait, or until the browser is online again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  return new Promise<void>((resolve, reject) => {
    setTimeout(resolve, ms);
    window.addEventListener("online", () => resolve(), { signal: over.signal });
    signal.addEventListener("abort", () => reject(signal.reason), { signal: over.signal });
  }).finally(() => over.abort());
}
