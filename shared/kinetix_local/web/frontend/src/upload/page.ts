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

/** A further camera and its state. */
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
  /** Default name. */
  name: string;
  limits: { minSeconds: number; maxSeconds: number; maxBytes: number; upperBody: boolean; face: boolean };
  /** Further cameras, in order. */
  cameras: FurtherCamera[];
  /** The link is kept while its page is open, for half an hour. */
  kept: boolean;
  /** Most cameras of a take. */
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

/** The selected people. */
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

export class Page {
  readonly camera: number;
  readonly #transport: Transport;
  #token: string;

  constructor(transport: Transport, token: string, camera = FIRST_CAMERA) {
    this.#transport = transport;
    this.#token = token;
    this.camera = camera;
  }

  get token(): string {
    return this.#token;
  }

  /** Use another link. */
  goOnWith(token: string): void {
    this.#token = token;
  }

  get transport(): Transport {
    return this.#transport;
  }

  async state(signal?: AbortSignal): Promise<PageState> {
    return (await this.#transport.call(this.path(`?camera=${this.camera}`), signal ? { signal } : {})) as PageState;
  }

  async submit(form: Submission): Promise<PageState> {
    return (await this.#transport.call(this.path("/submit"), { method: "POST", json: form })) as PageState;
  }

  /** Find the people in a sent clip; crop: left, top, width, height as fractions. */
  async look(part: { start: number; end: number; crop: number[] | null; upper: boolean }): Promise<Seen> {
    return (await this.#transport.call(this.path("/look"), { method: "POST", json: part })) as Seen;
  }

  async addCamera(): Promise<CameraLink> {
    return (await this.#transport.call(this.path("/cameras"), { method: "POST" })) as CameraLink;
  }

  async validate(): Promise<PageState> {
    return (await this.#transport.call(this.path("/validate"), { method: "POST" })) as PageState;
  }

  /** Link of the next take. */
  async retake(): Promise<string> {
    return ((await this.#transport.call(this.path("/retake"), { method: "POST" })) as { url: string }).url;
  }

  /** Return the token of the next take, null until the editor answers. */
  async nextTake(retake = false): Promise<string | null> {
    const asked = this.path(`/next?retake=${retake}`);
    return ((await this.#transport.call(asked, { method: "POST" })) as { token: string | null }).token;
  }

  path(rest: string): string {
    return `/_local/page/${encodeURIComponent(this.#token)}${rest}`;
  }
}

const TOKEN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Return the camera of a link. */
export function cameraOf(search: string): number {
  const found = Number(new URLSearchParams(search).get("camera"));
  return Number.isInteger(found) && found > FIRST_CAMERA ? found : FIRST_CAMERA;
}

/** Return the token of a link, null if it has none. */
export function tokenOf(search: string): string | null {
  const found = new URLSearchParams(search).get("token");
  return found && TOKEN.test(found) ? found.toLowerCase() : null;
}
