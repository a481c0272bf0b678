import { describe, expect, it } from "vitest";
import { moved, nearestEdge, type Part, SHORTEST_S } from "../../src/library/parts";

const part = (start: number, end: number): Part => ({ start, end, name: "", chosen: true });
const TAKE = [part(0, 2.4), part(2.4, 6.2)];

describe("the parts of a take", () => {
  it("gives the edge that is nearest", () => {
    expect(nearestEdge([], 1)).toBeNull();
    expect(nearestEdge(TAKE, 0.3)).toEqual({ part: 0, side: "start" });
    expect(nearestEdge(TAKE, 6.0)).toEqual({ part: 1, side: "end" });
  });

  it("takes of two edges at one place the one that can go there", () => {
    expect(nearestEdge(TAKE, 2.3)).toEqual({ part: 0, side: "end" });
    expect(nearestEdge(TAKE, 2.5)).toEqual({ part: 1, side: "start" });
  });

  it("moves an edge inside the take, and no part away", () => {
    expect(moved(part(2, 4), "end", 3.3333, 5).end).toBe(3.33);
    expect(moved(part(2, 4), "end", 99, 5).end).toBe(5);
    expect(moved(part(2, 4), "start", -1, 5).start).toBe(0);
    expect(moved(part(2, 4), "start", 4.5, 5).start).toBe(4 - SHORTEST_S);
    expect(moved(part(2, 4), "end", 0, 5).end).toBe(2 + SHORTEST_S);
  });
});
