/** What the server says about this page's token, and the calls that go with it (`/_local/page/{token}`). */

import type { FileLink } from "../common/downloads";
import type { Problem, Transport } from "../common/http";

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
}

export interface PageState {
  state: "open" | "used" | "expired" | "unknown";
  expireIn: number;
  retake: boolean;
  received: number;
  /** Proposed for the emote; taken where the player gives none. */
  name: string;
  limits: { minSeconds: number; maxSeconds: number; maxBytes: number; upperBody: boolean };
  process: Take | null;
}

export interface Submission {
  start: string;
  end: string;
  name: string;
  mature: boolean;
  body?: "upper";
  x?: number;
  y?: number;
  outputWidth?: number;
  outputHeight?: number;
}

export class Page {
  readonly token: string;
  readonly #transport: Transport;

  constructor(transport: Transport, token: string) {
    this.#transport = transport;
    this.token = token;
  }

  get transport(): Transport {
    return this.#transport;
  }

  async state(signal?: AbortSignal): Promise<PageState> {
    return (await this.#transport.call(this.path(""), signal ? { signal } : {})) as PageState;
  }

  async submit(form: Submission): Promise<PageState> {
    return (await this.#transport.call(this.path("/submit"), { method: "POST", json: form })) as PageState;
  }

  async validate(): Promise<PageState> {
    return (await this.#transport.call(this.path("/validate"), { method: "POST" })) as PageState;
  }

  /** The link of the page for the next take. */
  async retake(): Promise<string> {
    return ((await this.#transport.call(this.path("/retake"), { method: "POST" })) as { url: string }).url;
  }

  path(rest: string): string {
    return `/_local/page/${encodeURIComponent(this.token)}${rest}`;
  }
}

const TOKEN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The token of a link, or null when it has none that could be one. */
export function tokenOf(search: string): string | null {
  const found = new URLSearchParams(search).get("token");
  return found && TOKEN.test(found) ? found.toLowerCase() : null;
}
