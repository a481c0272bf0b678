/** What a small grey copy of the picture tells: how light it is, and whether the camera moves. */

/** Width and height of the copy in pixels. */
export const SMALL = 48;
/** A background pixel that changed by more than this share of white is another one. */
const CHANGED = 0.04;
/** Pixels from the edge of the body that count as the body's, in parts of the picture. */
const MARGIN = 0.06;

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Look {
  /** Mean of the picture, 0 black … 1 white. */
  light: number;
  /** Share of the background that changed since the picture before, 0 … 1; 0 for the first picture. */
  change: number;
}

/** RGBA of SMALL × SMALL pixels → its grey, 0 … 1. */
export function grey(rgba: Uint8ClampedArray): Float32Array {
  return Float32Array.from({ length: SMALL * SMALL }, (_, index) => {
    const [red = 0, green = 0, blue = 0] = rgba.subarray(index * 4, index * 4 + 3);
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
  });
}

/** `body` is where the person is, in parts of the picture; what moves there is not the camera. */
export function look(now: Float32Array, before: Float32Array | null, body: Box | null): Look {
  const light = mean(now);
  if (!before) return { light, change: 0 };
  // The camera's own exposure makes all of it lighter or darker: that is no movement.
  const shift = light - mean(before);
  let [background, changed] = [0, 0];
  for (let index = 0; index < now.length; index += 1) {
    const x = ((index % SMALL) + 0.5) / SMALL;
    const y = (Math.floor(index / SMALL) + 0.5) / SMALL;
    if (body && isIn(x, y, body)) continue;
    background += 1;
    if (Math.abs((now[index] ?? 0) - (before[index] ?? 0) - shift) > CHANGED) changed += 1;
  }
  return { light, change: background ? changed / background : 0 };
}

function isIn(x: number, y: number, box: Box): boolean {
  return x > box.left - MARGIN && x < box.right + MARGIN && y > box.top - MARGIN && y < box.bottom + MARGIN;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
