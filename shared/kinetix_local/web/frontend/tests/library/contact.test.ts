import { describe, expect, it } from "vitest";
import {
  type ContactCorrection,
  contactAt,
  contactsOf,
  type Lane,
  moved,
  newContact,
  room,
  roomOf,
  startedAt,
  stateOf,
  withState,
} from "../../src/library/correct/contact";
import type { Correction, FootCorrection } from "../../src/library/correct/correction";

const LEFT: Lane = { kind: "foot", side: "left" };
const stands = (first: number, last: number, id = `s-${first}`): FootCorrection => ({
  kind: "foot",
  id,
  first,
  last,
  side: "left",
  stands: true,
});
const OTHERS: Correction[] = [
  { ...stands(0, 89, "right"), side: "right" },
  { kind: "hand", id: "hand", first: 0, last: 89, side: "left", touches: "hip" },
  { kind: "point", id: "point", frame: 25, joint: "leftAnkle", x: 0, y: 0 },
];

describe("the stretches of a foot", () => {
  const list = [stands(40, 49), ...OTHERS, stands(10, 19)];

  it("are its own, in order", () => {
    expect(contactsOf(list, LEFT).map(({ first }) => first)).toEqual([10, 40]);
    expect([9, 10, 19, 20].map((frame) => contactAt(list, LEFT, frame)?.first)).toEqual([undefined, 10, 10, undefined]);
  });

  it("leave room between them", () => {
    expect([0, 25, 89].map((frame) => room(list, LEFT, frame, 90))).toEqual([
      [0, 9],
      [20, 39],
      [50, 89],
    ]);
    expect(room(list, LEFT, 45, 90)).toBeNull();
    expect(room(list, LEFT, 45, 90, "s-40")).toEqual([20, 89]);
    expect(startedAt(30, [20, 39])).toEqual([30, 39]);
    expect(startedAt(50, [50, 89])).toEqual([50, 64]);
  });

  it("are moved as far as there is room", () => {
    const one = stands(40, 49);
    const free = roomOf(list, one, 90);
    const ends = (grip: "first" | "last" | "whole", by: number): number[] => {
      const now = moved(one, grip, by, free);
      return [now.first, now.last];
    };
    expect(ends("first", 5)).toEqual([45, 49]);
    expect(ends("first", 50)).toEqual([49, 49]);
    expect(ends("first", Number.NEGATIVE_INFINITY)).toEqual([20, 49]);
    expect(ends("last", -50)).toEqual([40, 40]);
    expect(ends("last", 50)).toEqual([40, 89]);
    expect(ends("whole", -50)).toEqual([20, 29]);
    expect(ends("whole", Number.POSITIVE_INFINITY)).toEqual([80, 89]);
  });

  it("of a file may lie over one another, and can be parted", () => {
    const over = [stands(10, 19), stands(15, 29)];
    expect(roomOf(over, over[0] as ContactCorrection, 90)).toEqual([0, 89]);
    expect(roomOf(over, over[1] as ContactCorrection, 90)).toEqual([0, 89]);
  });

  it("say at first the contrary of what was captured", () => {
    const captured = { foot: { left: [[0, 12] as [number, number]], right: [] }, hand: null };
    expect(newContact([], LEFT, [12, 20], captured)).toEqual({ ...stands(12, 20, "foot-left-12"), stands: false });
    expect(newContact([], LEFT, [13, 20], captured)).toEqual(stands(13, 20, "foot-left-13"));
    expect(newContact([stands(0, 1, "foot-left-13")], LEFT, [13, 20], captured).id).toBe("foot-left-13-2");
  });

  it("of a hand touch a thing at first, and nothing where it was captured on the floor", () => {
    const captured = { foot: null, hand: { left: [[0, 90] as [number, number]], right: [] } };
    expect(stateOf(newContact([], { kind: "hand", side: "left" }, [3, 9], captured))).toBe("nothing");
    const hand = newContact([], { kind: "hand", side: "right" }, [3, 9], captured);
    expect(hand).toEqual({ kind: "hand", id: "hand-right-3", first: 3, last: 9, side: "right", touches: "thing" });
    expect(stateOf(withState(hand, "otherHand"))).toBe("otherHand");
  });

  it("get another state", () => {
    expect(stateOf(stands(1, 2))).toBe("stands");
    expect(withState(stands(1, 2), "standsNot")).toEqual({ ...stands(1, 2), stands: false });
  });
});
