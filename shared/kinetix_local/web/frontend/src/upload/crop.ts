/** A crop rectangle in fractions of the picture, moved by its two corners. */
import { clamp } from "../common/format";

export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const FULL_FRAME: Rect = { left: 0, top: 0, right: 1, bottom: 1 };
/** What is offered first. */
export const INNER: Rect = { left: 0.15, top: 0.05, right: 0.85, bottom: 0.95 };
const SMALLEST = 0.15;

export function moveCorner(rect: Rect, corner: "topLeft" | "bottomRight", x: number, y: number): Rect {
  return corner === "topLeft"
    ? { ...rect, left: clamp(x, 0, rect.right - SMALLEST), top: clamp(y, 0, rect.bottom - SMALLEST) }
    : { ...rect, right: clamp(x, rect.left + SMALLEST, 1), bottom: clamp(y, rect.top + SMALLEST, 1) };
}

export function isFullFrame(rect: Rect): boolean {
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
