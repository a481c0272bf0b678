/** The clip's camera in the emote's axes, as the quality report has it (docs/conventions.md). */
import type { FileLink } from "./answers";
import { clamp } from "./format";
import { FetchTransport, fields, type Transport } from "./http";

/** `[x, y, z, qx, qy, qz, qw]`, emote from camera. */
export type Pose = [number, number, number, number, number, number, number];

export interface ClipCamera {
  /** Focal length in heights of the clip's frame. */
  focal: number;
  /** Width / height of the clip's frame. */
  aspect: number;
  /** Frames of the emote between two poses. */
  step: number;
  poses: [Pose, ...Pose[]];
}

export interface ClipView {
  camera: ClipCamera;
  /** Start of the emote in the clip, seconds. */
  start: number;
}

const RATE = 30;

/** Null where the emote has no report, or one without the camera of the first clip. */
export async function clipViewOf(
  files: FileLink[],
  transport: Transport = new FetchTransport(),
): Promise<ClipView | null> {
  const report = files.find(({ name, extension }) => name === "quality" && extension === "json");
  if (!report) return null;
  try {
    return parse(await transport.call<unknown>(report.url));
  } catch {
    return null; // the emote can be seen without it
  }
}

/** The two poses about a moment of the emote (seconds), and how far it is from the first to the second. */
export function posesAt({ poses, step }: ClipCamera, time: number): [Pose, Pose, number] {
  const at = clamp((time * RATE) / step, 0, poses.length - 1);
  const before = Math.floor(at);
  const first = poses[before] ?? poses[0];
  return [first, poses[before + 1] ?? first, at - before];
}

function parse(report: unknown): ClipView | null {
  const { camera, clip, views } = fields(report);
  const { focal, aspect, step, poses } = fields(camera);
  const start = fields(clip).beginsS;
  if (Array.isArray(views) && fields(views[0]).used !== true) return null; // of another clip than the one that is shown
  if (![focal, aspect, step].every((one) => isNumber(one) && one > 0) || !isNumber(start)) return null;
  const isPose = (pose: unknown): boolean => Array.isArray(pose) && pose.length === 7 && pose.every(isNumber);
  if (!Array.isArray(poses) || !poses.length || !poses.every(isPose)) return null;
  return { camera: { focal, aspect, step, poses } as ClipCamera, start };
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
