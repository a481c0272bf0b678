/** A turned square of the picture, and where points of a network's crop lie in it, as in `kinetix_capture`. */
export interface Point {
  x: number;
  y: number;
}

/** Centre and side in pixels, `angle` in radians clockwise as seen. */
export interface Region extends Point {
  side: number;
  angle: number;
}

/** Where a point of the crop, both coordinates 0 … 1, lies in the picture, in pixels. */
export function toPicture(region: Region, x: number, y: number): Point {
  const cos = Math.cos(region.angle) * region.side;
  const sin = Math.sin(region.angle) * region.side;
  return {
    x: region.x + (x - 0.5) * cos - (y - 0.5) * sin,
    y: region.y + (x - 0.5) * sin + (y - 0.5) * cos,
  };
}

/** The square around the circle from the hips to `reach`, turned so that the body stands upright in it. */
export function bodyRegion(hips: Point, reach: Point, scale = 1.25): Region {
  const [dx, dy] = [reach.x - hips.x, reach.y - hips.y];
  return { x: hips.x, y: hips.y, side: 2 * Math.hypot(dx, dy) * scale, angle: Math.atan2(dy, dx) + Math.PI / 2 };
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
