import { describe, expect, it } from "vitest";
import {
  type Correction,
  correctionsIn,
  depthAt,
  pointAt,
  saySame,
  withDepth,
  without,
  withPoint,
} from "../../src/library/correct/correction";
import { nextUnsure, type SeenFigure, type UnsureSpan, unsureAt, viewOf } from "../../src/library/correct/seen_figure";
import { type Version, whyNot } from "../../src/library/correct/versions";

const STANDS: Correction = { kind: "foot", id: "left-1", first: 2, last: 9, side: "left", stands: true };

describe("corrections of a take", () => {
  it("has one place for a joint in a frame", () => {
    const once = withPoint([STANDS], "leftWrist", 12, [0.41239, 0.3]);
    expect(once[1]).toEqual({ kind: "point", id: "leftWrist-12", frame: 12, joint: "leftWrist", x: 0.4124, y: 0.3 });
    const twice = withPoint(once, "leftWrist", 12, [0.5, 0.3]);
    expect(twice.map(({ id }) => id)).toEqual(["left-1", "leftWrist-12"]);
    expect(pointAt(twice, "leftWrist", 12)?.x).toBe(0.5);
    expect(pointAt(twice, "leftWrist", 13)).toBeUndefined();
    expect(without(twice, "leftWrist-12")).toEqual([STANDS]);
  });

  it("keeps the id that somebody else gave", () => {
    const given: Correction = { kind: "point", id: "wrist", frame: 12, joint: "leftWrist", x: 0, y: 0 };
    expect(withPoint([given], "leftWrist", 12, [0.5, 0.5])).toEqual([{ ...given, x: 0.5, y: 0.5 }]);
    const taken: Correction = { ...STANDS, id: "leftWrist-12" };
    expect(withPoint([taken], "leftWrist", 12, [0, 0])[1]?.id).toBe("leftWrist-12-2");
  });

  it("is of one clip's picture, and of the first one without a word", () => {
    const first = withPoint([], "leftWrist", 12, [0.5, 0.3], 1, 1);
    expect(first[0]).not.toHaveProperty("camera");
    const both = withPoint(first, "leftWrist", 12, [0.7, 0.3], 2, 1);
    expect(both[1]).toMatchObject({ id: "leftWrist-12-2", x: 0.7, camera: 2 });
    expect(correctionsIn([STANDS, ...both], 2, 1).map(({ id }) => id)).toEqual(["left-1", "leftWrist-12-2"]);
    expect(correctionsIn(both, 1, 1).map(({ id }) => id)).toEqual(["leftWrist-12"]);
    const again = withPoint(both, "leftWrist", 12, [0.8, 0.3], 2, 1);
    expect(again.map((one) => one.kind === "point" && one.x)).toEqual([0.5, 0.8]);
    const named: Correction = { kind: "point", id: "w", frame: 12, joint: "leftWrist", x: 0, y: 0, camera: 1 };
    expect(withPoint([named], "leftWrist", 12, [1, 1], 1, 1)).toEqual([{ ...named, x: 1, y: 1 }]);
  });

  it("has one side for a part of a limb in a frame, and none where it says what was solved", () => {
    const list = withDepth([STANDS], "leftForearm", 12, true, false);
    expect(list[1]).toEqual({ kind: "depth", id: "leftForearm-12", frame: 12, part: "leftForearm", towards: true });
    expect(depthAt(list, "leftForearm", 12)?.towards).toBe(true);
    expect(withDepth(list, "leftForearm", 12, false, false)).toEqual([STANDS]);
    const solved = withDepth(list, "leftForearm", 12, false, true);
    expect(solved[1]).toMatchObject({ id: "leftForearm-12", towards: false });
    const aside = withDepth(list, "leftForearm", 12, false, true, 1);
    expect(aside[2]).toMatchObject({ id: "leftForearm-12-2", towards: false, camera: 1 });
    expect(correctionsIn(aside, 1, 0).map(({ id }) => id)).toEqual(["left-1", "leftForearm-12-2"]);
  });

  it("stays inside of the picture", () => {
    expect(withPoint([], "leftKnee", 0, [-0.2, 1.7])[0]).toMatchObject({ x: 0, y: 1 });
  });

  it("is the same in any order", () => {
    const other = withPoint([], "leftKnee", 0, [0, 1]);
    expect(saySame([STANDS, ...other], [...other, { ...STANDS }])).toBe(true);
    expect(saySame([STANDS], [{ ...STANDS, last: 10 }])).toBe(false);
    expect(saySame([STANDS], [])).toBe(false);
  });
});

describe("unsure stretches", () => {
  const span = (limb: UnsureSpan["limb"], first: number, worst: number, last: number): UnsureSpan => ({
    limb,
    first,
    worst,
    last,
    confidence: 0.1,
  });
  const spans = [span("leftArm", 10, 30, 40), span("rightArm", 5, 12, 20)];

  it("follow on one another, and begin again", () => {
    expect(nextUnsure([], 3)).toBeNull();
    expect([0, 12, 29, 30].map((frame) => nextUnsure(spans, frame)?.worst)).toEqual([12, 30, 30, 12]);
  });

  it("are listed by frame", () => {
    expect(unsureAt(spans, 15).map(({ limb }) => limb)).toEqual(["leftArm", "rightArm"]);
    expect(unsureAt(spans, 41)).toEqual([]);
  });
});

describe("what is shown of the picture", () => {
  const figure = (places: [number, number][]): SeenFigure => ({
    frames: places.length,
    width: 1000,
    height: 500,
    camera: 0,
    startS: 0,
    further: [],
    cameraMoved: false,
    joints: { leftWrist: places },
    head: places,
    towards: {},
    stands: null,
    handsStand: null,
  });

  it("holds the figure with room around it", () => {
    const view = viewOf(
      figure([
        [0.4, 0.3],
        [0.5, 0.7],
      ]),
    );
    expect(view.x).toBeCloseTo(0.352);
    expect(view.y).toBeCloseTo(0.22);
    expect(view.height).toBeCloseTo(0.56);
    expect(view.width).toBeCloseTo(0.196, 3);
  });

  it("lies inside of the picture, wherever the figure is", () => {
    const fullView = { x: 0, y: 0, width: 1, height: 1 };
    expect(
      viewOf(
        figure([
          [-3, -2],
          [2, 7],
        ]),
      ),
    ).toEqual(fullView);
    expect(viewOf(figure([[4, 4]]))).toEqual(fullView);
  });
});

describe("a version that could not be solved", () => {
  const version = (code: string, title: string, correction?: string): Version =>
    ({
      corrections: withPoint([STANDS], "leftWrist", 30, [0, 0]),
      error: { code, title, nextStep: "Do it.", correction },
    }) as Version;

  it("says of a side what to say first", () => {
    const side = withDepth([], "leftForearm", 30, true, false);
    const found = { ...version("limbCannotReach", "No.", "leftForearm-30"), corrections: side } as Version;
    expect(whyNot(found)).toContain("Left forearm to the camera");
    expect(whyNot(found)).toContain("correct the part before it first");
  });

  it("shows the message of any other error", () => {
    expect(whyNot(version("clipGone", "The clip is not here."))).toBe("The clip is not here. Do it.");
  });
});
