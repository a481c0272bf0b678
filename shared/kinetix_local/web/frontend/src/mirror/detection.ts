/** Everyone in a picture: BlazePose's detector, decoded as in `kinetix_capture.networks.person_detector`. */
import { type Point, sigmoid } from "./region";

export const DETECTOR_SIZE = 224;
const VALUES = 12;
/** Stride of the feature map, anchors per cell. */
const LAYERS = [
  [8, 2],
  [16, 2],
  [32, 6],
] as const;
const LEAST_SCORE = 0.45;
/** Two finds that share more of their area than this are one person. */
const SAME_PERSON = 0.3;

/** In parts of the detector's square picture: the middle of the hips, and a point on the circle around the body. */
export interface Person {
  score: number;
  hips: Point;
  reach: Point;
}

interface Find extends Person {
  box: [left: number, top: number, right: number, bottom: number];
}

const ANCHORS: Point[] = LAYERS.flatMap(([stride, count]) => {
  const cells = DETECTOR_SIZE / stride;
  return Array.from({ length: cells * cells * count }, (_, index) => {
    const cell = Math.floor(index / count);
    return { x: ((cell % cells) + 0.5) / cells, y: (Math.floor(cell / cells) + 0.5) / cells };
  });
});

/**
 * Everyone, the best first; finds of one person are merged by their scores.
 *
 * `boxes` has 12 values for each anchor (centre, size and four points, in the picture's pixels), `logits` one.
 */
export function people(boxes: Float32Array, logits: Float32Array): Person[] {
  const finds: Find[] = [];
  for (const [index, anchor] of ANCHORS.entries()) {
    const score = sigmoid(logits[index] ?? Number.NEGATIVE_INFINITY);
    if (score <= LEAST_SCORE) continue;
    const value = (at: number): number => (boxes[index * VALUES + at] ?? 0) / DETECTOR_SIZE;
    const point = (at: number): Point => ({ x: value(at) + anchor.x, y: value(at + 1) + anchor.y });
    const centre = point(0);
    const [halfWidth, halfHeight] = [value(2) / 2, value(3) / 2];
    const box: Find["box"] = [centre.x - halfWidth, centre.y - halfHeight, centre.x + halfWidth, centre.y + halfHeight];
    finds.push({ score, hips: point(4), reach: point(6), box });
  }
  finds.sort((a, b) => b.score - a.score);
  const found: Person[] = [];
  let left = finds;
  while (left[0]) {
    const best = left[0];
    const same = left.filter((find) => overlap(find.box, best.box) > SAME_PERSON);
    found.push({ score: best.score, hips: mean(same, "hips"), reach: mean(same, "reach") });
    left = left.filter((find) => !same.includes(find));
  }
  return found;
}

function mean(finds: Find[], point: "hips" | "reach"): Point {
  const total = finds.reduce((sum, find) => sum + find.score, 0);
  const of = (axis: "x" | "y"): number => finds.reduce((sum, find) => sum + find[point][axis] * find.score, 0) / total;
  return { x: of("x"), y: of("y") };
}

/** Intersection over union. */
function overlap(a: Find["box"], b: Find["box"]): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Find["box"]): number => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}
