/** Calls of the upload page (`/_local/page/{token}`). */

import type { FileLink } from "../common/answers";
import type { Problem, Transport, Wording } from "../common/http";

export interface Take {
  uuid: string;
  name: string;
  status: "pending" | "processing" | "done" | "failed" | "validated" | "rejected";
  stage: string;
  progression: number;
  remainingS: number | null;
  error: Problem | null;
  validation: boolean;
  retriesLeft: number;
  files: FileLink[];
  clipUrl: string | null;
  /** Start of the emote in the clip, seconds. */
  clipStart: number;
  /** Notes of the capture, and their wording. */
  hints: string[];
  wording: { hints?: (Wording | null)[] };
  /** The editor offers another take. */
  next: boolean;
  /** The editor awaits a decision. */
  asks: boolean;
}

export interface FurtherCamera {
  camera: number;
  state: "awaited" | "here" | "sending" | "arrived";
}

/** Link and QR code for a further camera. */
export interface CameraLink {
  camera: number;
  link: string;
  code: string;
}

/** The camera that trims and names the take. */
export const FIRST_CAMERA = 1;

export interface PageState {
  state: "open" | "used" | "expired" | "unknown";
  expireIn: number;
  retake: boolean;
  received: number;
  name: string;
  limits: { minSeconds: number; maxSeconds: number; maxBytes: number; upperBody: boolean; face: boolean };
  /** Further cameras, in order. */
  cameras: FurtherCamera[];
  /** The link is kept while its page is open, for half an hour. */
  kept: boolean;
  mostCameras: number;
  process: Take | null;
}

export interface Submission {
  start: string;
  end: string;
  name: string;
  mature: boolean;
  people?: "all" | "one";
  /** Which one: see SeenPerson. */
  person?: string;
  body?: "upper";
  face?: boolean;
  x?: number;
  y?: number;
  outputWidth?: number;
  outputHeight?: number;
}

export type Choice = Pick<Submission, "people" | "person">;

/** People in a clip, and the reason if it is hopeless. */
export interface Seen {
  people: SeenPerson[];
  failure: Problem | null;
}

/** A person in the clip: seconds, x and y as fractions, and a JPEG in base 64. */
export interface SeenPerson {
  at: [seconds: number, x: number, y: number];
  jpeg: string;
  /** Feet are out of frame. */
  upperOnly: boolean;
}

const ASK_MS = 500;
const MOST_REQUESTS = 40;

export class Page {
  /** `token`: empty without a link; replaced by that of the next take. */
  constructor(
    readonly transport: Transport,
    public token: string,
    readonly camera = FIRST_CAMERA,
  ) {}

  state(): Promise<PageState> {
    return this.transport.call(this.path(`?camera=${this.camera}`));
  }

  /** Send bytes of a clip from `start` to `end` and return how many the server has. */
  async sendPiece(clip: Blob, name: string, start: number, end: number, signal: AbortSignal): Promise<number> {
    const query = new URLSearchParams({ offset: String(start), total: String(clip.size), name });
    if (this.camera !== FIRST_CAMERA) query.set("camera", String(this.camera));
    const { received } = await this.transport.call<{ received: number }>(this.path(`/clip?${query}`), {
      method: "PUT",
      body: clip.slice(start, end),
      signal,
      headers: { "content-type": "application/octet-stream" },
    });
    return received;
  }

  submit(form: Submission): Promise<PageState> {
    return this.#post("/submit", form);
  }

  /** Find the people in a sent clip; crop: left, top, width, height as fractions. */
  look(part: { start: number; end: number; crop: number[] | null; upper: boolean }): Promise<Seen> {
    return this.#post("/look", part);
  }

  addCamera(): Promise<CameraLink> {
    return this.#post("/cameras");
  }

  /** Accept the take; null without an answer of the editor. */
  validate(): Promise<PageState | null> {
    return this.#answer("/validate", (link: PageState) => (link.process?.asks ? null : link));
  }

  async retake(): Promise<string> {
    return (await this.#post<{ url: string }>("/retake")).url;
  }

  /** Return the token of the next take, null without an answer of the editor. */
  nextTake(retake: boolean): Promise<string | null> {
    return this.#answer(`/next?retake=${retake}`, (answer: { token: string | null }) => answer.token);
  }

  path(rest: string): string {
    return `/_local/page/${encodeURIComponent(this.token)}${rest}`;
  }

  /** Request until the answer can be read, null if it never can. */
  async #answer<Answer, Found>(rest: string, read: (answer: Answer) => Found | null): Promise<Found | null> {
    for (let sent = 0; sent < MOST_REQUESTS; sent += 1) {
      const found = read(await this.#post(rest));
      if (found !== null) return found;
      await new Promise((go) => setTimeout(go, ASK_MS));
    }
    return null;
  }

  #post<Answer>(rest: string, json?: unknown): Promise<Answer> {
    return this.transport.call(this.path(rest), { method: "POST", json });
  }
}

const TOKEN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function cameraOf(search: string): number {
  const found = Number(new URLSearchParams(search).get("camera"));
  return Number.isInteger(found) && found > FIRST_CAMERA ? found : FIRST_CAMERA;
}

/** Return the token of a link, empty if it has none. */
export function tokenOf(search: string): string {
  const found = new URLSearchParams(search).get("token") ?? "";
  return TOKEN.test(found) ? found.toLowerCase() : "";
}
