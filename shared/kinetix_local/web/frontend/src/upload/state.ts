/** Everything the upload page shows is a function of this. */

import type { Problem } from "../common/http";
import type { Key } from "../common/i18n";
import type { Clip } from "./clip";
import type { Rect } from "./crop";
import { WHOLE } from "./crop";
import { type CameraLink, type Choice, FIRST_CAMERA, type PageState, type SeenPerson, type Take } from "./page";
import { hasMore, nextSpan, type Span } from "./trim";

export type Screen =
  | "checking"
  | "gate"
  | "choose"
  | "camera"
  | "edit"
  | "uploading"
  | "people"
  | "half"
  | "hopeless"
  | "awaiting"
  | "joined"
  | "processing"
  | "result"
  | "refused";

/** What the camera screen is doing: its one button starts, waits out the countdown, or stops. */
export type CameraPhase = "ready" | "countdown" | "recording";

export interface State {
  screen: Screen;
  /** Why the gate is shut: title and hint are texts of the table. */
  gate: { title: Key; hint: Key } | null;
  link: PageState | null;
  /** When the link ends, in ms of performance.now(). */
  linkEnds: number;
  camera: CameraPhase;
  /** Which of the take's cameras this page is. */
  number: number;
  /** The way in for one camera more, once it was asked for. */
  added: CameraLink | null;
  clip: Clip | null;
  span: Span;
  crop: Rect;
  name: string;
  mature: boolean;
  /** The upper body alone is captured. */
  upper: boolean;
  /** The expression of the face is captured too. */
  face: boolean;
  consent: boolean;
  /** Who was seen in the clip that has arrived. */
  people: SeenPerson[];
  /** Who of them is captured. */
  choice: Choice;
  sent: number;
  waiting: boolean;
  take: Take | null;
  /** A sentence above the form: what is wrong with the clip, the camera, or the last attempt. */
  note: string;
  problem: Problem | null;
  busy: boolean;
  /** The editor is asked for the next take's link. */
  asking: boolean;
}

export const INITIAL: State = {
  screen: "checking",
  gate: null,
  link: null,
  linkEnds: 0,
  camera: "ready",
  number: FIRST_CAMERA,
  added: null,
  clip: null,
  span: { start: 0, end: 0 },
  crop: WHOLE,
  name: "",
  mature: false,
  upper: false,
  face: false,
  consent: false,
  people: [],
  choice: {},
  sent: 0,
  waiting: false,
  take: null,
  note: "",
  problem: null,
  busy: false,
  asking: false,
};

/** The next take of the same clip as it begins: after an emote with the part that comes next, and no name. */
export function sameClipAgain(state: State): State {
  const { clip, span, crop, name, mature, upper, face, consent, link, take } = state;
  const kept = { ...INITIAL, screen: "checking" as const, clip, span, crop, name, mature, upper, face, consent };
  if (take?.status === "failed" || !clip || !link) return kept;
  return { ...kept, name: "", span: nextSpan(span, clip.duration, link.limits) };
}

/** Whether this clip has more to make an emote of than what this take was made of. */
export function clipHasMore({ clip, span, link }: State): boolean {
  return clip !== null && link !== null && hasMore(span, clip.duration, link.limits);
}

/** Which screen the server's word about the token leads to. */
export function screenOf(link: PageState): Pick<State, "screen" | "gate" | "take"> {
  const take = link.process;
  if (link.state === "open") return { screen: "choose", gate: null, take: null };
  if (link.state === "used" && take) return { screen: screenOfTake(take), gate: null, take };
  return { ...gateOf(link.state), take: null };
}

/** The gate, shut for this reason; each time another object, so that it is shown anew. */
export function gateOf(reason: "used" | "expired" | "unknown" | "offline"): Pick<State, "screen" | "gate"> {
  return { screen: "gate", gate: { title: `${reason}Title`, hint: `${reason}Hint` } };
}

export function screenOfTake(take: Take): Screen {
  if (take.status === "failed") return "refused";
  return take.status === "pending" || take.status === "processing" ? "processing" : "result";
}

const EMOJI = /\p{Extended_Pictographic}/u;

/** 4 to 16 characters (docs/api-contract.md#2.5), and no emoji on this page. Empty means the default name. */
export function nameFits(name: string): boolean {
  const length = [...name.trim()].length;
  return length === 0 || (length >= 4 && length <= 16 && !EMOJI.test(name));
}

/** Seconds of a clip that may become one emote; the API's until the service has said what holds. */
export function longestOf({ link }: Pick<State, "link">): number {
  return link?.limits.maxSeconds ?? 10;
}

/** Whether the form has the choice of the face: of one camera's clip, where the service captures faces. */
export function offersFace({ link }: Pick<State, "link">): boolean {
  return Boolean(link?.limits.face) && !link?.cameras.length;
}
