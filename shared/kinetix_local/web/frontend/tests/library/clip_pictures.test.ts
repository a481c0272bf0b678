import { describe, expect, it } from "vitest";
import { ClipPictures } from "../../src/library/correct/clip_pictures";
import type { Correction } from "../../src/library/correct/correction";
import type { SeenFigure, SeenPicture } from "../../src/library/correct/seen_figure";

const seen = (camera: number, cameraMoved: boolean): SeenPicture => ({
  camera,
  startS: 0,
  width: 640,
  height: 480,
  joints: { leftShoulder: [[0.6, 0.3]], rightShoulder: [[0.4, 0.3]] },
  head: [[0.5, 0.2]],
  towards: {},
  cameraMoved,
});

function drawn(pictured: SeenPicture, corrections: Correction[], ...further: SeenPicture[]): HTMLElement {
  const events = { moved: () => {}, takenBack: () => {}, turned: () => {}, clipFailed: () => {} };
  const pictures = new ClipPictures(null, "hint", events);
  const figure: SeenFigure = { ...pictured, frames: 1, stands: null, handsStand: null, further };
  pictures.show({ figure, frame: 0, corrections, unsure: [] });
  return pictures.element;
}

describe("the pictures of a take", () => {
  it("draw the half of a limb thicker that is nearer, by this frame's correction", () => {
    const place: [number, number][] = [[0.5, 0.5]];
    const figure = {
      ...seen(0, false),
      joints: { leftShoulder: place, rightShoulder: place, leftElbow: place, leftWrist: place },
      towards: { leftUpperArm: [true], leftForearm: [false] },
    };
    const halves = (...corrections: Correction[]): (string | null)[] =>
      [...drawn(figure, corrections).querySelectorAll("line:not(.under):is(.near, .far)")].map((line) =>
        line.getAttribute("class"),
      );
    expect(halves()).toEqual(["far", "near", "near", "far"]);
    const depth: Correction = { kind: "depth", id: "d", frame: 0, part: "leftForearm", towards: true };
    expect(halves(depth)).toEqual(["far", "near", "far", "near"]);
  });
});
