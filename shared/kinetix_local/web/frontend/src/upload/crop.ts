/** A crop rectangle in fractions of the picture, moved by its two corners. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const WHOLE: Rect = { left: 0, top: 0, right: 1, bottom: 1 };
const SMALLEST = 0.15;

export function moveCorner(rect: Rect, corner: "topLeft" | "bottomRight", x: number, y: number): Rect {
  const inside = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
  return corner === "topLeft"
    ? { ...rect, left: inside(x, 0, rect.right - SMALLEST), top: inside(y, 0, rect.bottom - SMALLEST) }
    : { ...rect, right: inside(x, rect.left + SMALLEST, 1), bottom: inside(y, rect.top + SMALLEST, 1) };
}

export function isWhole(rect: Rect): boolean {
  return rect.left <= 0 && rect.top <= 0 && rect.right >= 1 && rect.bottom >= 1;
}

/** The API's x, y, outputWidth, outputHeight in pixels of the upright picture. */
export function pixels(
  rect: Rect,
  width: number,
  height: number,
): { x: number; y: number; outputWidth: number; outputHeight: number } {
  const x = Math.round(rect.left * width);
  const y = Math.round(rect.top * height);
  return { x, y, outputWidth: Math.round(rect.right * width) - x, outputHeight: Math.round(rect.bottom * height) - y };
}
