/** Uncertain spans of a capture, from its quality report. */
import type { Limb } from "./correction";

/** A span of frames in which a limb was hardly seen; `worst` is the frame to correct first. */
export interface UnsureSpan {
  limb: Limb;
  first: number;
  last: number;
  worst: number;
  confidence: number;
}

/** Return the span whose worst frame comes next, wrapping around. */
export function nextUnsure(spans: UnsureSpan[], frame: number): UnsureSpan | null {
  const sorted = [...spans].sort((one, other) => one.worst - other.worst);
  return sorted.find(({ worst }) => worst > frame) ?? sorted[0] ?? null;
}

export function unsureAt(spans: UnsureSpan[], frame: number): UnsureSpan[] {
  return spans.filter(({ first, last }) => first <= frame && frame <= last);
}
