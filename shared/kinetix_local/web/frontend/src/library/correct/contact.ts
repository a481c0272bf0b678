/** Contacts of feet and hands. */
import { clamp } from "../../common/format";
import {
  type Correction,
  type FootCorrection,
  type Frames,
  freeId,
  type HandCorrection,
  type Side,
  type Touched,
} from "./correction";
import type { SeenFigure } from "./seen_figure";

export type ContactCorrection = FootCorrection | HandCorrection;

/** Lane of a foot or hand. */
export interface Lane {
  kind: ContactCorrection["kind"];
  side: Side;
}

/** Part of a contact that is moved. */
export type Grip = "first" | "last" | "whole";
/** Contacts of the shown version; null where no legs were captured. */
export type Captured = Record<Lane["kind"], SeenFigure["stands"]>;
export type ContactState = "stands" | "standsNot" | Touched;

export const CONTACT_STATES: Record<Lane["kind"], ContactState[]> = {
  foot: ["stands", "standsNot"],
  hand: ["floor", "thing", "otherHand", "head", "hip", "nothing"],
};

export function capturedOf(figure: SeenFigure): Captured {
  return { foot: figure.stands, hand: figure.handsStand };
}

const NEW_FRAMES = 15;

export function isContact(one: Correction): one is ContactCorrection {
  return one.kind === "foot" || one.kind === "hand";
}

/** Return the contacts of a lane in order. */
export function contactsOf(list: Correction[], lane: Lane): ContactCorrection[] {
  return list
    .filter(isContact)
    .filter(({ kind, side }) => kind === lane.kind && side === lane.side)
    .sort((one, other) => one.first - other.first);
}

export function contactAt(list: Correction[], lane: Lane, frame: number): ContactCorrection | undefined {
  return contactsOf(list, lane).find(({ first, last }) => first <= frame && frame <= last);
}

/** Return the free frames around this one, null if it is taken. `except` is ignored. */
export function room(list: Correction[], lane: Lane, frame: number, frames: number, except?: string): Frames | null {
  let [low, high] = [0, frames - 1];
  for (const { id, first, last } of contactsOf(list, lane)) {
    if (id === except) continue;
    if (first <= frame && frame <= last) return null;
    if (last < frame) low = Math.max(low, last + 1);
    else high = Math.min(high, first - 1);
  }
  return [low, high];
}

/** Return the frames in which a contact can be; all if it overlaps others. */
export function roomOf(list: Correction[], one: ContactCorrection, frames: number): Frames {
  const [low, high] = room(list, one, one.first, frames, one.id) ?? [0, frames - 1];
  return one.last <= high ? [low, high] : [0, frames - 1];
}

/** Return the frames of a new contact at this frame. */
export function startedAt(frame: number, [, high]: Frames): Frames {
  return [frame, Math.min(frame + NEW_FRAMES - 1, high)];
}

/** Return a new contact with the opposite of the captured state. */
export function newContact(
  list: Correction[],
  lane: Lane,
  [first, last]: Frames,
  captured: Captured,
): ContactCorrection {
  const stood = captured[lane.kind]?.[lane.side]?.some(([begin, end]) => begin <= first && first <= end);
  const [gone, come]: [ContactState, ContactState] =
    lane.kind === "hand" ? ["nothing", "thing"] : ["standsNot", "stands"];
  const id = freeId(list, `${lane.kind}-${lane.side}-${first}`);
  return withState({ kind: "foot", id, first, last, side: lane.side, stands: true }, stood ? gone : come);
}

export function stateOf(one: ContactCorrection): ContactState {
  if (one.kind === "hand") return one.touches;
  return one.stands ? "stands" : "standsNot";
}

export function withState({ id, first, last, side }: ContactCorrection, state: ContactState): ContactCorrection {
  if (state === "stands" || state === "standsNot")
    return { kind: "foot", id, first, last, side, stands: state === "stands" };
  return { kind: "hand", id, first, last, side, touches: state };
}

/** Move a contact as far as there is room. */
export function moved(one: ContactCorrection, grip: Grip, by: number, [low, high]: Frames): ContactCorrection {
  const { first, last } = one;
  if (grip === "first") return { ...one, first: clamp(first + by, low, last) };
  if (grip === "last") return { ...one, last: clamp(last + by, first, high) };
  const distance = clamp(by, low - first, high - last);
  return { ...one, first: first + distance, last: last + distance };
}
