/** State of the upload page. */

import type { Problem } from "../common/http";
import type { Key } from "../common/i18n";
import type { Clip } from "./clip";
import { FULL_FRAME } from "./crop";
import {
  type CameraLink,
  type Choice,
  FIRST_CAMERA,
  type FurtherCamera,
  type PageState,
  type SeenPerson,
  type Take,
} from "./page";
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

const DEFAULT_LIMITS: PageState["limits"] = {
  minSeconds: 1,
  maxSeconds: 10,
  maxBytes: Number.MAX_SAFE_INTEGER,
  upperBody: false,
  face: false,
};

export type CameraPhase = "ready" | "countdown" | "recording";

export const INITIAL = {
  screen: "checking" as Screen,
  gate: null as { title: Key; hint: Key } | null,
  link: null as PageState | null,
  /** When the link ends, in ms of performance.now(). */
  linkEnds: 0,
  camera: "ready" as CameraPhase,
  number: FIRST_CAMERA,
  /** Link for a further camera. */
  added: null as CameraLink | null,
  clip: null as Clip | null,
  span: { start: 0, end: 0 } as Span,
  crop: FULL_FRAME,
  name: "",
  mature: false,
  upper: false,
  face: false,
  consent: false,
  people: [] as SeenPerson[],
  choice: {} as Choice,
  sent: 0,
  waiting: false,
  take: null as Take | null,
  /** Error above the form. */
  note: "",
  problem: null as Problem | null,
  busy: false,
  /** The next link is requested. */
  asking: false,
};

export type State = typeof INITIAL;

/** Return the state for the next take of the same clip. */
export function sameClipAgain(state: State): State {
  const { clip, span, crop, name, mature, upper, face, consent, link, take } = state;
  const kept = { ...INITIAL, screen: "checking" as const, clip, span, crop, name, mature, upper, face, consent };
  if (take?.status === "failed" || !clip || !link) return kept;
  return { ...kept, name: "", span: nextSpan(span, clip.duration, link.limits) };
}

/** Return whether the clip has another emote beside this take. */
export function clipHasMore({ clip, span, link }: State): boolean {
  return clip !== null && link !== null && hasMore(span, clip.duration, link.limits);
}

/** Return whether this page is a further camera. */
export function isFurther(state: State): boolean {
  return state.number !== FIRST_CAMERA;
}

/** Return the further cameras whose clips have not arrived. */
export function missing(state: State): FurtherCamera[] {
  return state.link?.cameras.filter((one) => one.state !== "arrived") ?? [];
}

export function screenOf(link: PageState): Pick<State, "screen" | "gate" | "take"> {
  const take = link.process;
  if (link.state === "open") return { screen: "choose", gate: null, take: null };
  if (link.state === "used" && take) return { screen: screenOfTake(take), gate: null, take };
  return { ...gateOf(link.state), take: null };
}

/** Return the gate with this reason, as a new object. */
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

/** Return the limits of the link; the API's defaults until the service answers. */
export function limitsOf({ link }: Pick<State, "link">): PageState["limits"] {
  return link?.limits ?? DEFAULT_LIMITS;
}

export function offersFace({ link }: Pick<State, "link">): boolean {
  return Boolean(link?.limits.face) && !link?.cameras.length;
}
