import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Store } from "../../src/common/store";
import type { Page, PageState } from "../../src/upload/page";
import { INITIAL, type State } from "../../src/upload/state";
import { Upload } from "../../src/upload/upload";

const link = { state: "open", cameras: [], kept: true, expireIn: 120 } as unknown as PageState;
const ask = vi.fn(async () => link);

function followed(state: Partial<State>): Store<State> {
  const store = new Store<State>({ ...INITIAL, screen: "choose", link, ...state });
  new Upload(store, { state: ask } as unknown as Page).follow();
  return store;
}

describe("a link that its open page keeps", () => {
  beforeEach(() => {
    ask.mockClear();
    vi.useFakeTimers({ now: 0 });
  });
  afterEach(() => vi.useRealTimers());

  it("is asked after twice a minute, for as long as nothing is sent", async () => {
    const store = followed({});
    await vi.advanceTimersByTimeAsync(95_000);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(store.state.linkEnds).toBe(90_000 + 120_000);
    store.set({ screen: "uploading" });
    await vi.advanceTimersByTimeAsync(95_000);
    expect(ask).toHaveBeenCalledTimes(4);
  });

  it.each([{ link: { ...link, kept: false } }, { screen: "result" as const }])("else nobody asks", async (state) => {
    followed(state);
    await vi.advanceTimersByTimeAsync(95_000);
    expect(ask).not.toHaveBeenCalled();
  });
});
