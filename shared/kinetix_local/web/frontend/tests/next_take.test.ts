import { describe, expect, it, vi } from "vitest";
import { Unreachable } from "../src/common/http";
import { goesOn, nextTakeButton, nextTakeOf } from "../src/upload/next_take";
import type { Take } from "../src/upload/page";
import { INITIAL, type State } from "../src/upload/state";
import type { Actions } from "../src/upload/view";

const state: State = { ...INITIAL, take: { next: true } as Take };

describe("the next take", () => {
  it("is asked for until the editor answers", async () => {
    const answers = [null, null, "/?token=new"];
    const page = { nextTake: vi.fn(async () => answers.shift() ?? null) };
    expect(await nextTakeOf(page, 0)).toBe("/?token=new");
    expect(page.nextTake).toHaveBeenCalledTimes(3);
  });

  it("is given up when the editor never answers", async () => {
    await expect(nextTakeOf({ nextTake: async () => null }, 0)).rejects.toBeInstanceOf(Unreachable);
  });

  it("is filmed by the phone that trims and names the take", () => {
    expect(goesOn(state)).toBe(true);
    expect(goesOn({ ...state, number: 2 })).toBe(false);
    expect(goesOn({ ...state, take: { next: false } as Take })).toBe(false);
    expect(goesOn(INITIAL)).toBe(false);
  });

  it("is asked for once at a time", () => {
    const nextTake = vi.fn();
    const button = nextTakeButton(state, { nextTake } as unknown as Actions, "nextTake");
    button.element.click();
    button.update({ ...state, asking: true });
    button.element.click();
    expect(nextTake).toHaveBeenCalledTimes(1);
    expect(button.element.textContent).toBe("Asking the editor…");
    button.update(state);
    expect(button.element.textContent).toBe("Film another move");
  });
});
