/** What the server says about this page's token, and the calls that go with it (`/_local/page/{token}`). */

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
  /** Where in the clip the emote begins, seconds. */
  clipStart: number;
  /** What the capture says of a clip that became an emote, and what these sentences were made from. */
  hints: string[];
  wording: { hints?: (Wording | null)[] };
  /** The phone may film another take: the editor that gave the link is there, and gives one more. */
  next: boolean;
  /** The editor that gave the link awaits a decision about the take. */
  asks: boolean;
}

/** A further camera of the take, and how far it is. */
export interface FurtherCamera {
  camera: number;
  state: "awaited" | "here" | "sending" | "arrived";
}

/** The link by which one phone more films the same take, and its QR code as the address of a picture. */
export interface CameraLink {
  camera: number;
  link: string;
  code: string;
}

/** The camera whose page trims and names the take; others only film. */
export const FIRST_CAMERA = 1;

export interface PageState {
  state: "open" | "used" | "expired" | "unknown";
  expireIn: number;
  retake: boolean;
  received: number;
  /** Proposed for the emote; taken where the player gives none. */
  name: string;
  limits: { minSeconds: number; maxSeconds: number; maxBytes: number; upperBody: boolean; face: boolean };
  /** The take's further cameras, in the order in which they were added. */
  cameras: FurtherCamera[];
  /** The link of an editor: it stays good while its page is open, for half an hour. */
  kept: boolean;
  /** Phones that one take may have; 1 where the service takes one clip only. */
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

/** What the form says of who is captured; nothing while nobody is chosen. */
export type Choice = Pick<Submission, "people" | "person">;

/** Who is in a clip; where nobody is, why no emote can become of it, if that is sure enough. */
export interface Seen {
  people: SeenPerson[];
  failure: Problem | null;
}

/** One of the people in the clip: seconds of it, x and y as fractions of the picture; and a JPEG in base 64. */
export interface SeenPerson {
  at: [seconds: number, x: number, y: number];
  jpeg: string;
  /** Feet are not in the picture. */
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

  /** From now on the page is that of another link. */
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

  /** What a quick look finds in the clip that has arrived; the crop is left, top, width and height as fractions. */
  async look(part: { start: number; end: number; crop: number[] | null; upper: boolean }): Promise<Seen> {
    return (await this.#transport.call(this.path("/look"), { method: "POST", json: part })) as Seen;
  }

  async addCamera(): Promise<CameraLink> {
    return (await this.#transport.call(this.path("/cameras"), { method: "POST" })) as CameraLink;
  }

  async validate(): Promise<PageState> {
    return (await this.#transport.call(this.path("/validate"), { method: "POST" })) as PageState;
  }

  /** The link of the page for the next take. */
  async retake(): Promise<string> {
    return ((await this.#transport.call(this.path("/retake"), { method: "POST" })) as { url: string }).url;
  }

  /** The token for one take more, or for one in place of this; null as long as the editor has not answered. */
  async nextTake(retake = false): Promise<string | null> {
    const asked = this.path(`/next?retake=${retake}`);
    return ((await this.#transport.call(asked, { method: "POST" })) as { token: string | null }).token;
  }

  path(rest: string): string {
    return `/_local/page/${encodeURIComponent(this.#token)}${rest}`;
  }
}

const TOKEN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Which camera of its take a link is for. */
export function cameraOf(search: string): number {
  const found = Number(new URLSearchParams(search).get("camera"));
  return Number.isInteger(found) && found > FIRST_CAMERA ? found : FIRST_CAMERA;
}

/** The token of a link, or null when it has none that could be one. */
export function tokenOf(search: string): string | null {
  const found = new URLSearchParams(search).get("token");
  return found && TOKEN.test(found) ? found.toLowerCase() : null;
}
