import { describe, expect, it } from "vitest";
import { evenStep, firstSpan, hasMore, moveEdge, nextSpan } from "../../src/upload/trim";

const limits = { minSeconds: 1, maxSeconds: 10 };

describe("trimming", () => {
  it("reaches the very end of a clip of any length", () => {
    for (const duration of [0.4, 1.666667, 2.0, 3.3333, 9.97, 61.234]) {
      const step = evenStep(duration);
      const missing = duration % step;
      expect(Math.min(missing, step - missing)).toBeLessThan(0.002);
      expect(step).toBeCloseTo(0.05, 2);
      expect(Math.floor(duration / step) * step).toBeLessThanOrEqual(duration);
    }
  });

  it("offers the whole of a short clip and ten seconds of a long one", () => {
    expect(firstSpan(4.2, limits)).toEqual({ start: 0, end: 4.2 });
    expect(firstSpan(42, limits)).toEqual({ start: 0, end: 10 });
  });

  it("goes on after the part that was used, or at the beginning where too little is left", () => {
    expect(nextSpan({ start: 2, end: 9 }, 42, limits)).toEqual({ start: 9, end: 19 });
    expect(nextSpan({ start: 2, end: 9 }, 12, limits)).toEqual({ start: 9, end: 12 });
    expect(nextSpan({ start: 2, end: 9 }, 9.5, limits)).toEqual({ start: 0, end: 9.5 });
  });

  it("knows whether there is another part", () => {
    expect(hasMore({ start: 2, end: 9 }, 9.5, limits)).toBe(true);
    expect(hasMore({ start: 0.5, end: 9 }, 9.4, limits)).toBe(false);
  });

  it("pushes the other edge when the span would become too short", () => {
    expect(moveEdge({ start: 0, end: 3 }, "start", 2.8, 8, limits)).toEqual({ start: 2.8, end: 3.8 });
    expect(moveEdge({ start: 4, end: 6 }, "end", 4.2, 8, limits)).toEqual({ start: 3.2, end: 4.2 });
  });

  it("pulls the other edge when the span would become too long", () => {
    expect(moveEdge({ start: 0, end: 10 }, "end", 25, 60, limits)).toEqual({ start: 15, end: 25 });
    expect(moveEdge({ start: 20, end: 30 }, "start", 5, 60, limits)).toEqual({ start: 5, end: 15 });
  });

  it("never leaves the clip", () => {
    for (const to of [-5, 0, 3.3, 7.9, 8, 99]) {
      for (const edge of ["start", "end"] as const) {
        const span = moveEdge({ start: 1, end: 5 }, edge, to, 8, limits);
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeLessThanOrEqual(8);
        expect(span.end - span.start).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(span.end - span.start).toBeLessThanOrEqual(10 + 1e-9);
      }
    }
  });
});
