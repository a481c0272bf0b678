/** One body in a crop: the outputs of BlazePose's landmark network, decoded into the picture. */
import { bodyRegion, type Point, type Region, sigmoid, toPicture } from "./region";

export const BODY_SIZE = 256;
const VALUES = 5;
const LEAST_PRESENCE = 0.5;

/** BlazePose's numbers of the landmarks that are used here. */
export const NOSE = 0;
export const SHOULDERS = [11, 12] as const;
export const WRISTS = [15, 16] as const;
export const HIPS = [23, 24] as const;
export const ANKLES = [27, 28] as const;
export const FEET = [27, 28, 29, 30, 31, 32] as const;
export const LANDMARKS = 33;

/** Lines of the figure that is drawn. */
export const BONES: readonly (readonly [number, number])[] = [
  [11, 12],
  [11, 13],
  [13, 15],
  [12, 14],
  [14, 16],
  [11, 23],
  [12, 24],
  [23, 24],
  [23, 25],
  [25, 27],
  [27, 31],
  [24, 26],
  [26, 28],
  [28, 32],
];

/** In parts of the picture's width and height, also outside of it; `visibility` 0 … 1. */
export interface Landmark extends Point {
  visibility: number;
}

export interface Body {
  landmarks: Landmark[];
  /** Where to look in the next picture. */
  next: Region;
}

/** The body in a picture of `width` × `height` pixels, or null. `values` has five for each landmark. */
export function body(
  values: Float32Array,
  presence: number,
  region: Region,
  width: number,
  height: number,
): Body | null {
  if (presence < LEAST_PRESENCE) return null;
  const point = (index: number): Point => {
    const [x, y] = [values[index * VALUES] ?? 0, values[index * VALUES + 1] ?? 0];
    return toPicture(region, x / BODY_SIZE, y / BODY_SIZE);
  };
  const landmarks = Array.from({ length: LANDMARKS }, (_, index) => {
    const { x, y } = point(index);
    return { x: x / width, y: y / height, visibility: sigmoid(values[index * VALUES + 3] ?? 0) };
  });
  return { landmarks, next: bodyRegion(point(LANDMARKS), point(LANDMARKS + 1)) };
}
