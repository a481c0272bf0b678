/** Rules of trimming. */
import { clamp } from "../common/format";

export interface Span {
  start: number;
  end: number;
}

export interface Limits {
  minSeconds: number;
  maxSeconds: number;
}

/** Return the first span: from the start, as long as allowed. */
export function firstSpan(duration: number, limits: Limits): Span {
  return { start: 0, end: Math.min(duration, limits.maxSeconds) };
}

/** Return the next span, or the first one if too little is left. */
export function nextSpan(span: Span, duration: number, limits: Limits): Span {
  if (duration - span.end < limits.minSeconds) return firstSpan(duration, limits);
  return { start: span.end, end: Math.min(duration, span.end + limits.maxSeconds) };
}

/** Return whether the clip is long enough for another emote. */
export function hasMore(span: Span, duration: number, limits: Limits): boolean {
  return duration - (span.end - span.start) >= limits.minSeconds;
}

/** Return a slider step near 0.05 s that divides the duration. */
export function evenStep(duration: number): number {
  const steps = Math.max(1, Math.round(duration / 0.05));
  return Math.floor((duration / steps) * 1e6) / 1e6; // never beyond the end by rounding
}

/** Move one edge; the other follows if the span gets too short or too long. */
export function moveEdge(span: Span, edge: "start" | "end", to: number, duration: number, limits: Limits): Span {
  const min = Math.min(limits.minSeconds, duration);
  if (edge === "start") {
    const start = clamp(to, 0, Math.max(0, duration - min));
    return { start, end: clamp(span.end, start + min, Math.min(duration, start + limits.maxSeconds)) };
  }
  const end = clamp(to, min, duration);
  return { end, start: clamp(span.start, Math.max(0, end - limits.maxSeconds), end - min) };
}
