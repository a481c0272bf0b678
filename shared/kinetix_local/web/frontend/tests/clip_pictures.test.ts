import { describe, expect, it } from "vitest";
import { ClipPictures } from "../src/library/clip_pictures";
import type { SeenFigure, SeenPicture } from "../src/library/seen_figure";

const seen = (camera: number, cameraMoved: boolean): SeenPicture => ({
  camera,
  startS: 0,
  width: 640,
  height: 480,
  joints: { leftShoulder: [[0.6, 0.3]], rightShoulder: [[0.4, 0.3]] },
  head: [[0.5, 0.2]],
  cameraMoved,
});

/** The pictures of a take of two clips, of which the first one is shown. */
function shown(firstMoved: boolean, secondMoved: boolean): HTMLElement {
  const pictures = new ClipPictures(null, "hint", { moved: () => {}, takenBack: () => {}, clipFailed: () => {} });
  const figure: SeenFigure = {
    ...seen(0, firstMoved),
    frames: 1,
    stands: null,
    handsStand: null,
    further: [seen(1, secondMoved)],
  };
  pictures.show({ figure, frame: 0, corrections: [], unsure: [] });
  return pictures.element;
}

const drawn = (element: HTMLElement): { joints: number; lines: number; told: boolean } => ({
  joints: element.querySelectorAll(".joint").length,
  lines: element.querySelectorAll("line").length,
  told: element.querySelector<HTMLElement>(".hint")?.hidden === false,
});

describe("the pictures of a take of several clips", () => {
  it("show no joint where that clip's camera moved, and say why", () => {
    const element = shown(false, true);
    const still = drawn(element);
    expect(still).toEqual({ joints: 2, lines: expect.any(Number), told: false });
    expect(still.lines).toBeGreaterThan(0);
    const [first, second] = element.querySelectorAll<HTMLElement>(".clips button");
    second?.click();
    expect(drawn(element)).toEqual({ joints: 0, lines: 0, told: true });
    first?.click();
    expect(drawn(element)).toEqual(still);
  });

  it("show the joints in the second one where only the first one's camera moved", () => {
    const element = shown(true, false);
    expect(drawn(element)).toEqual({ joints: 0, lines: 0, told: true });
    element.querySelectorAll<HTMLElement>(".clips button")[1]?.click();
    expect(drawn(element)).toMatchObject({ joints: 2, told: false });
  });
});
