/** Draws the figure over the camera's picture. */
import { BONES, type Landmark } from "./body";

const LEAST_VISIBILITY = 0.2;
/** Of the canvas' shorter side. */
const THICKNESS = 0.012;

/** `colour` is any that CSS knows; without a body the canvas is left clear. */
export function drawFigure(canvas: HTMLCanvasElement, body: Landmark[] | null, colour: string): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const { width, height } = canvas;
  pen.clearRect(0, 0, width, height);
  if (!body) return;
  const line = Math.max(2, THICKNESS * Math.min(width, height));
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  pen.lineCap = "round";
  pen.lineWidth = line;
  for (const [from, to] of BONES) {
    const [a, b] = [body[from], body[to]];
    if (!a || !b || Math.min(a.visibility, b.visibility) < LEAST_VISIBILITY) continue;
    pen.beginPath();
    pen.moveTo(a.x * width, a.y * height);
    pen.lineTo(b.x * width, b.y * height);
    pen.stroke();
  }
  const head = body[0];
  if (!head) return;
  pen.beginPath();
  pen.arc(head.x * width, head.y * height, line * 2, 0, 2 * Math.PI);
  pen.fill();
}
