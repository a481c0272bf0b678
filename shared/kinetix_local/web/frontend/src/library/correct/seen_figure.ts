/** The figure of a take in its clips' frames, and the part of a frame that it needs. */
import type { FigureJson, PictureJson } from "../../common/answers";
import { clamp } from "../../common/format";
import type { Correction, Joint, Limb, LimbPart } from "./correction";

/** Fractions of the frame's width and height, from the upper left. */
export type Place = [number, number];

/** Part of a limb → whether it points to the camera, in each frame. */
export type Sides = PictureJson["towards"];

export type SeenPicture = PictureJson;

/** The figure in the picture of the first clip that was used, and in those of the further ones. */
export type SeenFigure = FigureJson;

/** A part of the picture, in the same shares. */
export interface View {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A span of frames in which a limb was hardly seen; `worst` is the frame to correct first. */
export interface UnsureSpan {
  limb: Limb;
  first: number;
  last: number;
  worst: number;
  confidence: number;
}

/** What the parts of the dialog show of a take. */
export interface ShownTake {
  figure: SeenFigure;
  frame: number;
  corrections: Correction[];
  unsure: UnsureSpan[];
}

/** A joint's limb, with its colour and uncertainty, and the part of it that ends there, with its first joint. */
interface InLimb {
  limb: Limb;
  part?: LimbPart;
  from?: Joint;
}

export const JOINTS: Record<Joint, InLimb> = {
  leftShoulder: { limb: "trunk" },
  rightShoulder: { limb: "trunk" },
  leftElbow: { limb: "leftArm", part: "leftUpperArm", from: "leftShoulder" },
  rightElbow: { limb: "rightArm", part: "rightUpperArm", from: "rightShoulder" },
  leftWrist: { limb: "leftArm", part: "leftForearm", from: "leftElbow" },
  rightWrist: { limb: "rightArm", part: "rightForearm", from: "rightElbow" },
  leftHip: { limb: "trunk" },
  rightHip: { limb: "trunk" },
  leftKnee: { limb: "leftLeg", part: "leftThigh", from: "leftHip" },
  rightKnee: { limb: "rightLeg", part: "rightThigh", from: "rightHip" },
  leftAnkle: { limb: "leftLeg", part: "leftShin", from: "leftKnee" },
  rightAnkle: { limb: "rightLeg", part: "rightShin", from: "rightKnee" },
};

/** Return the part of an uncertain limb to ask about first: the outer one is wrong most often. */
export function outerPart(limb: Limb): LimbPart | undefined {
  const joints = Object.values(JOINTS).filter((joint) => joint.limb === limb);
  return joints.at(-1)?.part;
}

export const BONES: [Joint, Joint][] = [
  ["leftShoulder", "rightShoulder"],
  ["leftHip", "rightHip"],
  ["leftShoulder", "leftHip"],
  ["rightShoulder", "rightHip"],
  ...Object.entries(JOINTS).flatMap(([to, { from }]): [Joint, Joint][] => (from ? [[from, to as Joint]] : [])),
];

/** Margin on each side, as a fraction of the figure's size. */
const MARGIN = 0.2;
/** Width by height; a narrower part of the picture leaves no room to drag a joint aside. */
const NARROWEST = 0.7;

/** Return the part of the frame that the figure needs during the take, with a margin. */
export function viewOf(figure: SeenPicture): View {
  const places = [...Object.values(figure.joints).flat(), ...figure.head];
  const [left, right] = span(
    places.map(([x]) => x * figure.width),
    figure.width,
  );
  const [top, bottom] = span(
    places.map(([, y]) => y * figure.height),
    figure.height,
  );
  const margin = MARGIN * Math.max(right - left, bottom - top);
  const height = bottom - top + 2 * margin;
  const width = Math.max(right - left + 2 * margin, NARROWEST * height);
  const [x, wide] = inside((left + right - width) / 2, width, figure.width);
  const [y, high] = inside((top + bottom - height) / 2, height, figure.height);
  return { x, y, width: wide, height: high };
}

/** Return the smallest and the largest value inside the frame. */
function span(values: number[], size: number): [number, number] {
  let [least, most] = [size, 0];
  for (const value of values) {
    least = Math.min(least, Math.max(value, 0));
    most = Math.max(most, Math.min(value, size));
  }
  return least < most ? [least, most] : [0, size];
}

/** Move and clip an interval into the frame, as fractions. */
function inside(from: number, length: number, size: number): [number, number] {
  const fitting = Math.min(length, size);
  return [clamp(from, 0, size - fitting) / size, fitting / size];
}

/** Return the span whose worst frame comes next, wrapping around. */
export function nextUnsure(spans: UnsureSpan[], frame: number): UnsureSpan | null {
  const sorted = [...spans].sort((one, other) => one.worst - other.worst);
  return sorted.find(({ worst }) => worst > frame) ?? sorted[0] ?? null;
}

export function unsureAt(spans: UnsureSpan[], frame: number): UnsureSpan[] {
  return spans.filter(({ first, last }) => first <= frame && frame <= last);
}
