/** Parts of a take, in seconds. */
export interface Part {
  start: number;
  end: number;
  name: string;
  chosen: boolean;
}

export interface Edge {
  part: number;
  side: "start" | "end";
}

/** Shortest part by dragging. */
export const SHORTEST_S = 0.2;

/** Return the edge nearest to a time; of two at one place the one that can move there. */
export function nearestEdge(parts: Part[], at: number): Edge | null {
  let found: Edge | null = null;
  let least = Number.POSITIVE_INFINITY;
  parts.forEach((part, index) => {
    for (const side of ["start", "end"] as const) {
      const away = Math.abs(part[side] - at);
      const towards = side === "start" ? at > part.start : at < part.end;
      if (away < least || (away === least && towards)) {
        least = away;
        found = { part: index, side };
      }
    }
  });
  return found;
}

/** Return the part with one edge moved, to a hundredth of a second. */
export function moved(part: Part, side: Edge["side"], to: number, duration: number): Part {
  const low = side === "start" ? 0 : part.start + SHORTEST_S;
  const high = side === "start" ? part.end - SHORTEST_S : duration;
  return { ...part, [side]: Math.round(Math.min(Math.max(to, low), Math.max(low, high)) * 100) / 100 };
}
