import { describe, expect, it } from "vitest";
import { type Correction, saySame, withDepth, withPoint } from "../../src/library/correct/correction";
import { type SeenFigure, viewOf } from "../../src/library/correct/seen_figure";
import { type Version, whyNot } from "../../src/library/correct/versions";

const STANDS: Correction = { kind: "foot", id: "left-1", first: 2, last: 9, side: "left", stands: true };

describe("corrections of a take", () => {
  it("keeps the id that somebody else gave", () => {
    const given: Correction = { kind: "point", id: "wrist", frame: 12, joint: "leftWrist", x: 0, y: 0 };
    expect(withPoint([given], "leftWrist", 12, [0.5, 0.5])).toEqual([{ ...given, x: 0.5, y: 0.5 }]);
    const taken: Correction = { ...STANDS, id: "leftWrist-12" };
    expect(withPoint([taken], "leftWrist", 12, [0, 0])[1]?.id).toBe("leftWrist-12-2");
  });

  it("is the same in any order", () => {
    const other = withPoint([], "leftKnee", 0, [0, 1]);
    expect(saySame([STANDS, ...other], [...other, { ...STANDS }])).toBe(true);
    expect(saySame([STANDS], [{ ...STANDS, last: 10 }])).toBe(false);
    expect(saySame([STANDS], [])).toBe(false);
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
});
