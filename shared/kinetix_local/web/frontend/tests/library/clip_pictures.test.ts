import { describe, expect, it, vi } from "vitest";
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

/** The pictures of a take of two clips, of which the first one is shown. */
function shown(firstMoved: boolean, secondMoved: boolean): HTMLElement {
  const pictures = new ClipPictures(null, "hint", {
    moved: () => {},
    takenBack: () => {},
    turned: () => {},
    clipFailed: () => {},
  });
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

describe("the side of the picture to which a limb points", () => {
  const said: Correction = { kind: "depth", id: "d", frame: 0, part: "leftForearm", towards: true };

  function asked(corrections: Correction[], cameraMoved = false) {
    const turned = vi.fn();
    const pictures = new ClipPictures(null, "hint", {
      moved: () => {},
      takenBack: () => {},
      turned,
      clipFailed: () => {},
    });
    const place: [number, number][] = [[0.5, 0.5]];
    const figure: SeenFigure = {
      ...seen(0, cameraMoved),
      joints: { leftShoulder: place, rightShoulder: place, leftElbow: place, leftWrist: place },
      towards: { leftUpperArm: [true], leftForearm: [false] },
      frames: 1,
      stands: null,
      handsStand: null,
      further: [],
    };
    pictures.show({ figure, frame: 0, corrections, unsure: [] });
    document.body.replaceChildren(pictures.element);
    const [near, far] = pictures.element.querySelectorAll<HTMLButtonElement>(".depth button");
    const pressed = (): (string | null)[] => [near, far].map((button) => button?.getAttribute("aria-pressed") ?? null);
    return { turned, near, far, pressed, element: pictures.element };
  }

  it("is that of the joint that was chosen", () => {
    const { element, pressed, near, far, turned } = asked([]);
    expect(pressed()).toEqual(["true", "false"]);
    element.querySelectorAll<HTMLButtonElement>(".joint")[3]?.focus();
    expect(element.querySelector("select")?.value).toBe("leftForearm");
    expect(pressed()).toEqual(["false", "true"]);
    far?.click();
    expect(turned).not.toHaveBeenCalled();
    near?.click();
    expect(turned).toHaveBeenCalledWith("leftForearm", true, false, 0);
  });

  it("is what was said of this frame, and is drawn", () => {
    const halves = (element: HTMLElement): string[] =>
      [...element.querySelectorAll("line:not(.under):is(.near, .far)")].map((line) => line.getAttribute("class") ?? "");
    expect(halves(asked([]).element)).toEqual(["far", "near", "near", "far"]);
    const { element, pressed } = asked([said]);
    expect(halves(element)).toEqual(["far", "near", "far", "near"]);
    element.querySelectorAll<HTMLButtonElement>(".joint")[3]?.focus();
    expect(pressed()).toEqual(["true", "false"]);
  });

  it("can be said where the camera moved, too", () => {
    const { element, near, turned } = asked([], true);
    const part = element.querySelector("select") as HTMLSelectElement;
    part.value = "leftForearm";
    part.dispatchEvent(new Event("change"));
    near?.click();
    expect(turned).toHaveBeenCalledWith("leftForearm", true, false, 0);
  });
});
