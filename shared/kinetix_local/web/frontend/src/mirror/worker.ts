/** The mirror's eyes, beside the page's own thread: a picture comes in, what is seen in it goes out. */
import { BODY_SIZE, body, type Landmark } from "./body";
import { DETECTOR_SIZE, type Person, people } from "./detection";
import type { Answer, Question } from "./eyes";
import { Network, startInterpreter } from "./network";
import { type Box, grey, look, SMALL } from "./picture";
import { bodyRegion, type Region } from "./region";

/** Everyone is looked for so often; between, the one who is known is followed. */
const LOOK_FOR_ALL_MS = 500;

let detector: Network;
let landmarks: Network;
let region: Region | null = null;
let count = 0;
let lookedAt = Number.NEGATIVE_INFINITY;
let before: Float32Array | null = null;

const canvases = new Map<number, OffscreenCanvasRenderingContext2D>();

function answer(message: Answer): void {
  self.postMessage(message);
}

/** A canvas to draw on, one for each size. */
function canvasOf(size: number): OffscreenCanvasRenderingContext2D {
  const canvas = canvases.get(size) ?? new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
  if (!canvas) throw new Error("there is no canvas to draw on");
  canvases.set(size, canvas);
  canvas.resetTransform();
  return canvas;
}

/** All of the picture as RGBA, SMALL × SMALL pixels whatever its shape. */
function shrunk(picture: ImageBitmap): Uint8ClampedArray {
  const canvas = canvasOf(SMALL);
  canvas.drawImage(picture, 0, 0, SMALL, SMALL);
  return canvas.getImageData(0, 0, SMALL, SMALL).data;
}

/** The region of the picture as RGBA, size × size pixels, black outside of the picture. */
function cropped(picture: ImageBitmap, { x, y, side, angle }: Region, size: number): Uint8ClampedArray {
  const canvas = canvasOf(size);
  canvas.fillRect(0, 0, size, size);
  canvas.translate(size / 2, size / 2);
  canvas.rotate(-angle);
  canvas.scale(size / side, size / side);
  canvas.drawImage(picture, -x, -y);
  return canvas.getImageData(0, 0, size, size).data;
}

/** RGBA bytes → RGB from `low` to 1. */
function input(rgba: Uint8ClampedArray, low: 0 | -1): Float32Array {
  const values = new Float32Array((rgba.length / 4) * 3);
  const scale = (1 - low) / 255;
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    values[to++] = (rgba[from] ?? 0) * scale + low;
    values[to++] = (rgba[from + 1] ?? 0) * scale + low;
    values[to++] = (rgba[from + 2] ?? 0) * scale + low;
  }
  return values;
}

async function everyone(picture: ImageBitmap): Promise<Person[]> {
  const { width, height } = picture;
  const side = Math.max(width, height);
  const whole = { x: width / 2, y: height / 2, side, angle: 0 };
  const outputs = await detector.run(input(cropped(picture, whole, DETECTOR_SIZE), -1));
  const logits = Math.min(...outputs.keys());
  const boxes = Math.max(...outputs.keys());
  return people(outputs.get(boxes) as Float32Array, outputs.get(logits) as Float32Array);
}

function regionOf(person: Person, { width, height }: ImageBitmap): Region {
  const side = Math.max(width, height);
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  const at = ({ x, y }: { x: number; y: number }) => ({ x: x * side + left, y: y * side + top });
  return bodyRegion(at(person.hips), at(person.reach));
}

/** Both show the same body: the one that is followed has not gone astray. */
function isNear(a: Region, b: Region): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) < 0.25 * a.side;
}

async function seen(picture: ImageBitmap, time: number): Promise<Answer> {
  if (!region || time - lookedAt >= LOOK_FOR_ALL_MS / 1000) {
    const found = await everyone(picture);
    count = found.length;
    lookedAt = time;
    const best = found[0] && regionOf(found[0], picture);
    if (best && !(region && isNear(best, region))) region = best;
  }
  let person: Landmark[] | null = null;
  if (region) {
    const outputs = await landmarks.run(input(cropped(picture, region, BODY_SIZE), 0));
    const presence = outputs.get(1)?.[0] ?? 0;
    const found = body(outputs.get(195) as Float32Array, presence, region, picture.width, picture.height);
    region = found?.next ?? null;
    person = found?.landmarks ?? null;
  }
  const small = grey(shrunk(picture));
  const { light, change } = look(small, before, person && boxOf(person));
  before = small;
  return {
    kind: "seen",
    observation: { time, people: person ? Math.max(count, 1) : count, body: person, light, change },
  };
}

/** Around the landmarks, in parts of the picture. */
function boxOf(person: Landmark[]): Box {
  const [x, y] = [person.map((point) => point.x), person.map((point) => point.y)];
  return { left: Math.min(...x), right: Math.max(...x), top: Math.min(...y), bottom: Math.max(...y) };
}

self.addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  try {
    if (data.kind === "open") {
      await startInterpreter(data.interpreter);
      detector = await Network.load(data.detector, DETECTOR_SIZE);
      landmarks = await Network.load(data.landmarks, BODY_SIZE);
      answer({ kind: "open" });
    } else {
      answer(await seen(data.picture, data.time));
      data.picture.close();
    }
  } catch (error) {
    answer({ kind: "failed", detail: String(error) });
  }
});
