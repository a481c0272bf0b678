/** Where the figure of a take is in its clips' pictures, and which part of a picture it needs. */
import type { FigureJson, PictureJson } from "../../common/answers";
import type { Joint, Limb, LimbPart } from "./correction";

/** Shares of the picture's width and height from the upper left. */
export type Place = [number, number];

/** Part of a limb → whether it points to the camera, in each frame. */
export type Sides = PictureJson["towards"];

/** The figure in the picture of one clip. */
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

/** The limb whose colour a joint has, and with which it is unsure. */
export const LIMB_OF: Record<Joint, Limb> = {
  leftShoulder: "trunk",
  rightShoulder: "trunk",
  leftElbow: "leftArm",
  rightElbow: "rightArm",
  leftWrist: "leftArm",
  rightWrist: "rightArm",
  leftHip: "trunk",
  rightHip: "trunk",
  leftKnee: "leftLeg",
  rightKnee: "rightLeg",
  leftAnkle: "leftLeg",
  rightAnkle: "rightLeg",
};

/** The part of a limb that ends at a joint. */
export const PART_OF: Partial<Record<Joint, LimbPart>> = {
  leftElbow: "leftUpperArm",
  rightElbow: "rightUpperArm",
  leftWrist: "leftForearm",
  rightWrist: "rightForearm",
  leftKnee: "leftThigh",
  rightKnee: "rightThigh",
  leftAnkle: "leftShin",
  rightAnkle: "rightShin",
};

/** The part of a limb to ask about first where the limb is unsure: the outer one is wrong most often. */
export const OUTER_PART_OF: Partial<Record<Limb, LimbPart>> = {
  leftArm: "leftForearm",
  rightArm: "rightForearm",
  leftLeg: "leftShin",
  rightLeg: "rightShin",
};

export const BONES: [Joint, Joint][] = [
  ["leftShoulder", "rightShoulder"],
  ["leftHip", "rightHip"],
  ["leftShoulder", "leftHip"],
  ["rightShoulder", "rightHip"],
  ["leftShoulder", "leftElbow"],
  ["leftElbow", "leftWrist"],
  ["rightShoulder", "rightElbow"],
  ["rightElbow", "rightWrist"],
  ["leftHip", "leftKnee"],
  ["leftKnee", "leftAnkle"],
  ["rightHip", "rightKnee"],
  ["rightKnee", "rightAnkle"],
];

/** Of the figure's size, on each side. */
const MARGIN = 0.2;
/** Width by height; a narrower part of the picture leaves no room to drag a joint aside. */
const NARROWEST = 0.7;

/** The part of the picture in which the figure is during the whole take, with room around it. */
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

/** The least and the greatest of what is inside of the picture. */
function span(values: number[], size: number): [number, number] {
  let [least, most] = [size, 0];
  for (const value of values) {
    least = Math.min(least, Math.max(value, 0));
    most = Math.max(most, Math.min(value, size));
  }
  return least < most ? [least, most] : [0, size];
}

/** A stretch moved, and cut off where need be, so that it lies inside of the picture; as shares of it. */
function inside(from: number, length: number, size: number): [number, number] {
  const fitting = Math.min(length, size);
  return [Math.min(Math.max(from, 0), size - fitting) / size, fitting / size];
}
