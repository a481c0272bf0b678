import { afterEach, describe, expect, it, vi } from "vitest";
import { type Call, HttpError, type Transport, Unreachable } from "../../src/common/http";
import { Page } from "../../src/upload/page";
import { PIECE, type TransferOptions, transfer } from "../../src/upload/transfer";

type Step = "ok" | "lost" | "restart" | number | { at: number };

/** A server that keeps what it got and plays a script of failures. */
class Script implements Transport {
  stored = 0;
  readonly calls: number[] = [];
  constructor(private readonly steps: Step[]) {}

  async call<Answer>(path: string, options: Call = {}): Promise<Answer> {
    const offset = Number(new URL(path, "http://x").searchParams.get("offset"));
    this.calls.push(offset);
    const step = this.steps.shift() ?? "ok";
    if (step === "lost") throw new Unreachable("gone");
    if (step === "restart") {
      this.stored += (options.body as Blob).size; // arrived, but the answer was lost
      throw new Unreachable("gone");
    }
    if (typeof step === "number") throw new HttpError(step, { code: "", title: "", nextStep: "" }, null);
    if (offset !== this.stored)
      throw new HttpError(409, { code: "offset", title: "", nextStep: "" }, { received: this.stored });
    this.stored += (options.body as Blob).size;
    return { received: this.stored } as Answer;
  }
}

const blob = new Blob([new Uint8Array(PIECE * 2 + 100)]);
/** Send the clip, and return the waits in ms and what was reported of them. */
const run = async (server: Script, extra: Partial<TransferOptions> = {}) => {
  vi.useFakeTimers();
  const timers = vi.spyOn(globalThis, "setTimeout");
  const waiting: boolean[] = [];
  const sent = transfer(
    new Page(server, "t"),
    { blob, name: "a.mp4" },
    {
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onWaiting: (now) => waiting.push(now),
      ...extra,
    },
  );
  await Promise.allSettled([sent, vi.runAllTimersAsync()]);
  await sent;
  return { waits: timers.mock.calls.map(([, ms]) => ms), waiting };
};

describe("sending in pieces", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("waits longer each time, says so, and starts over with short waits after a success", async () => {
    const server = new Script(["lost", "lost", "ok", 503]);
    const { waits, waiting } = await run(server);
    expect(waits).toEqual([500, 1000, 500]);
    expect(waiting).toContain(true);
    expect(waiting.at(-1)).toBe(false);
    expect(server.stored).toBe(blob.size);
  });

  it("asks the server where to go on when an answer was lost", async () => {
    const server = new Script(["ok", "restart"]);
    await run(server);
    expect(server.stored).toBe(blob.size);
    expect(server.calls).toEqual([0, PIECE, PIECE, PIECE * 2]);
  });

  it("does not repeat what was refused", async () => {
    const server = new Script([413]);
    await expect(run(server)).rejects.toMatchObject({ status: 413 });
    expect(server.calls).toHaveLength(1);
  });

  it("gives up in the end", async () => {
    const server = new Script(Array<Step>(20).fill("lost"));
    await expect(run(server)).rejects.toBeInstanceOf(Unreachable);
    expect(server.calls).toHaveLength(9);
  });

  it("stops at once when cancelled", async () => {
    const control = new AbortController();
    const server = new Script([]);
    await expect(run(server, { signal: control.signal, onProgress: () => control.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(server.calls).toHaveLength(1);
  });
});
