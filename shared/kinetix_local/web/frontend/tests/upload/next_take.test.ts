import { afterEach, describe, expect, it, vi } from "vitest";
import type { Transport } from "../../src/common/http";
import type { Clip } from "../../src/upload/clip";
import { Page, type Take } from "../../src/upload/page";
import { nextTakeButtons } from "../../src/upload/screens";
import { INITIAL, type State } from "../../src/upload/state";
import type { Upload } from "../../src/upload/upload";

const state: State = { ...INITIAL, take: { next: true } as Take };

describe("the next take", () => {
  afterEach(() => vi.useRealTimers());

  it.each([
    ["until the editor answers", "new", 3],
    ["and given up when the editor never answers", null, 40],
  ])("is asked for %s", async (_, answer, requests) => {
    vi.useFakeTimers();
    const call = vi.fn(async () => ({ token: call.mock.calls.length < 3 ? null : answer }));
    const next = new Page({ call } as unknown as Transport, "t").nextTake(false);
    await vi.runAllTimersAsync();
    expect(await next).toBe(answer);
    expect(call).toHaveBeenCalledTimes(requests);
  });

  it("is asked for once at a time, of this clip or of another", () => {
    const nextTake = vi.fn();
    const clip = { url: "blob:clip" } as Clip;
    const shown = nextTakeButtons({ ...state, clip }, { nextTake } as unknown as Upload, "retake", true);
    const [other, same] = [...shown.element.querySelectorAll("button")] as [HTMLButtonElement, HTMLButtonElement];
    other.click();
    same.click();
    shown.update({ ...state, asking: true });
    other.click();
    same.click();
    expect(nextTake.mock.calls).toEqual([["other"], ["same"]]);
    expect(other.textContent).toBe("Asking the editor…");
    shown.update(state);
    expect(other.textContent).toBe("Retake");
  });

  it.each([
    [true, null],
    [false, { url: "blob:clip" } as Clip],
  ])("is of another clip where none is here, and after an emote", (same, clip) => {
    const shown = nextTakeButtons({ ...state, clip }, {} as Upload, "nextTake", same);
    shown.update(state);
    expect(shown.element.textContent).toBe("Film another move");
  });
});
