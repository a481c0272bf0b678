import { describe, expect, it } from "vitest";
import { FULL_FRAME, isFullFrame, moveCorner, pixels } from "../../src/upload/crop";

describe("cropping", () => {
  it("keeps a smallest size and stays inside", () => {
    const rect = moveCorner(FULL_FRAME, "topLeft", 0.99, -2);
    expect(rect.left).toBeCloseTo(0.85);
    expect(rect.top).toBe(0);
    expect(moveCorner(rect, "bottomRight", 7, 0).bottom).toBeCloseTo(0.15);
  });

  it("gives whole pixels that add up", () => {
    const rect = { left: 0.1, top: 0.2, right: 0.9, bottom: 1 };
    expect(pixels(rect, 720, 1280)).toEqual({ x: 72, y: 256, outputWidth: 576, outputHeight: 1024 });
    expect(isFullFrame(FULL_FRAME)).toBe(true);
    expect(isFullFrame(rect)).toBe(false);
  });
});
