import { describe, expect, it } from "vitest";
import { type ClipCamera, clipViewOf, type Pose, posesAt } from "../../src/common/clip_camera";
import type { Transport } from "../../src/common/http";

const POSE: Pose = [0, 1, 3, 0, 0, 0, 1];
const CAMERA = { focal: 0.9, aspect: 0.5625, step: 3, poses: [POSE] };
const REPORT = { name: "quality", extension: "json", url: "/quality.json" };
const read = (report: unknown) => clipViewOf([REPORT], { call: async () => report } as Transport);

describe("the clip's camera", () => {
  it("is read from the quality report, with where in the clip the emote begins", async () => {
    expect(await read({ camera: { still: true, ...CAMERA }, clip: { beginsS: 0.5 } })).toEqual({
      camera: CAMERA,
      start: 0.5,
    });
  });

  it.each([
    ["no report", null],
    ["an older report", { camera: { still: true }, clip: { beginsS: 0 } }],
    ["no poses", { camera: { ...CAMERA, poses: [] }, clip: { beginsS: 0 } }],
    ["a pose that is none", { camera: { ...CAMERA, poses: [[1, 2, "x"]] }, clip: { beginsS: 0 } }],
    ["no focal length", { camera: { ...CAMERA, focal: 0 }, clip: { beginsS: 0 } }],
    ["another clip's", { camera: CAMERA, clip: { beginsS: 0 }, views: [{ used: false }, { used: true }] }],
  ])("is unknown with %s", async (_, report) => {
    expect(await read(report)).toBeNull();
  });

  it("moves from pose to pose and keeps the last", () => {
    const later: Pose = [1, 1, 3, 0, 0, 0, 1];
    const camera = { ...CAMERA, poses: [POSE, later] } as ClipCamera;
    expect(posesAt(camera, 0)).toEqual([POSE, later, 0]);
    expect(posesAt(camera, 0.05)[2]).toBeCloseTo(0.5);
    expect(posesAt(camera, 9)).toEqual([later, later, 0]);
  });
});
