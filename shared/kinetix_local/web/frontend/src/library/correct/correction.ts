/** Corrections of a take (docs/refine.md), and changes of a list of them. */

import { clamp } from "../../common/format";
import { decimal } from "../../common/i18n";

/** Frames per second of a take. */
export const RATE = 30;

export type Side = "left" | "right";
export type Limb = "leftArm" | "rightArm" | "leftLeg" | "rightLeg" | "trunk" | "head";
export type Joint = `${Side}${"Shoulder" | "Elbow" | "Wrist" | "Hip" | "Knee" | "Ankle"}`;
export type LimbPart = `${Side}${"UpperArm" | "Forearm" | "Thigh" | "Shin"}`;
export type Touched = "floor" | "thing" | "otherHand" | "head" | "hip" | "nothing";

/** First and last frame of a span, inclusive. */
export type Frames = [first: number, last: number];

interface OfOneFrame {
  id: string;
  frame: number;
  /** Number of the clip; default: the first one used. */
  camera?: number;
}

/** Position of a joint in a frame, as fractions from the upper left. */
export type PointCorrection = OfOneFrame & { kind: "point"; joint: Joint; x: number; y: number };

export type LimbCorrection = OfOneFrame & {
  kind: "limb";
  limb: Limb;
  directions: ([number, number, number] | null)[];
};

/** Direction of a part of a limb: towards the camera, else away. */
export type DepthCorrection = OfOneFrame & { kind: "depth"; part: LimbPart; towards: boolean };

interface OfFrames {
  id: string;
  first: number;
  last: number;
  side: Side;
}

export type FootCorrection = OfFrames & { kind: "foot"; stands: boolean };

export type HandCorrection = OfFrames & { kind: "hand"; touches: Touched };

export type Correction = PointCorrection | LimbCorrection | DepthCorrection | FootCorrection | HandCorrection;

export function timeText(frame: number): string {
  return `${decimal(frame / RATE, 2)}\u00a0s`;
}

export function isOfOneFrame(one: Correction): one is PointCorrection | LimbCorrection | DepthCorrection {
  return "frame" in one;
}

/** The frame to look at. */
export function firstFrame(one: Correction): number {
  return isOfOneFrame(one) ? one.frame : one.first;
}

export function pointAt(list: Correction[], joint: Joint, frame: number): PointCorrection | undefined {
  return list.find((one): one is PointCorrection => one.kind === "point" && one.joint === joint && one.frame === frame);
}

export function depthAt(list: Correction[], part: LimbPart, frame: number): DepthCorrection | undefined {
  return list.find((one): one is DepthCorrection => one.kind === "depth" && one.part === part && one.frame === frame);
}

/** Return the corrections of one clip; `first` is the number of the first clip used. */
export function correctionsIn(list: Correction[], camera: number, first: number): Correction[] {
  return list.filter((one) => (one.kind !== "point" && one.kind !== "depth") || (one.camera ?? first) === camera);
}

/** Return the list with a joint at this place, replacing its correction in this frame. */
export function withPoint(
  list: Correction[],
  joint: Joint,
  frame: number,
  [x, y]: [number, number],
  camera = 0,
  first = 0,
): Correction[] {
  const place = { x: share(x), y: share(y) };
  const before = pointAt(correctionsIn(list, camera, first), joint, frame);
  if (before) return replaced(list, { ...before, ...place });
  const id = freeId(list, `${joint}-${frame}`);
  return [...list, { kind: "point", id, frame, joint, ...place, ...(camera === first ? {} : { camera }) }];
}

/** Return the list with the direction of a part of a limb, replacing its correction in this frame.
 *
 * `solved`: the direction without the correction; choosing it removes the correction.
 */
export function withDepth(
  list: Correction[],
  part: LimbPart,
  frame: number,
  towards: boolean,
  solved: boolean,
  camera = 0,
  first = 0,
): Correction[] {
  const before = depthAt(correctionsIn(list, camera, first), part, frame);
  if (before && before.towards !== solved && towards === solved) return without(list, before.id);
  if (before) return replaced(list, { ...before, towards });
  const id = freeId(list, `${part}-${frame}`);
  return [...list, { kind: "depth", id, frame, part, towards, ...(camera === first ? {} : { camera }) }];
}

/** Return the list with the correction of this id replaced. */
export function replaced(list: Correction[], by: Correction): Correction[] {
  return list.map((one) => (one.id === by.id ? by : one));
}

export function without(list: Correction[], id: string): Correction[] {
  return list.filter((one) => one.id !== id);
}

/** Return whether both lists hold the same corrections, in any order. */
export function saySame(one: Correction[], other: Correction[]): boolean {
  const texts = (list: Correction[]): string[] =>
    list.map((each) => JSON.stringify(each, Object.keys(each).sort())).sort();
  return JSON.stringify(texts(one)) === JSON.stringify(texts(other));
}

export function freeId(list: Correction[], wanted: string): string {
  const taken = new Set(list.map(({ id }) => id));
  let id = wanted;
  for (let number = 2; taken.has(id); number += 1) id = `${wanted}-${number}`;
  return id;
}

/** Round to 1/10000, inside the frame. */
function share(value: number): number {
  return Math.round(clamp(value, 0, 1) * 10_000) / 10_000;
}
