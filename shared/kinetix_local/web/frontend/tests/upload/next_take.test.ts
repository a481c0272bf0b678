import { describe, expect, it, vi } from "vitest";
import type { Clip } from "../../src/upload/clip";
import { goesOn, nextTakeButtons, nextTakeOf } from "../../src/upload/next_take";
import type { Take } from "../../src/upload/page";
import { INITIAL, type State } from "../../src/upload/state";
import type { Actions } from "../../src/upload/view";

const state: State = { ...INITIAL, take: { next: true } as Take };

describe("the next take", () => {
  it("is asked for until the editor answers", async () => {
    const answers = [null, null, "new"];
    const page = { nextTake: vi.fn(async () => answers.shift() ?? null) };
    expect(await nextTakeOf(page, false, 0)).toBe("new");
    expect(page.nextTake).toHaveBeenCalledTimes(3);
  });

  it("is given up when the editor never answers", async () => {
    expect(await nextTakeOf({ nextTake: async () => null }, true, 0)).toBeNull();
  });

  it("is filmed by the phone that trims and names the take", () => {
    expect(goesOn(state)).toBe(true);
    expect(goesOn({ ...state, number: 2 })).toBe(false);
    expect(goesOn({ ...state, take: { next: false } as Take })).toBe(false);
    expect(goesOn(INITIAL)).toBe(false);
  });

  it("is asked for once at a time, of this clip or of another", () => {
    const nextTake = vi.fn();
    const clip = { url: "blob:clip" } as Clip;
    const shown = nextTakeButtons({ ...state, clip }, { nextTake } as unknown as Actions, "retake", true);
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
    const shown = nextTakeButtons({ ...state, clip }, {} as Actions, "nextTake", same);
    expect(shown.element.textContent).toBe("Film another move");
  });
});
