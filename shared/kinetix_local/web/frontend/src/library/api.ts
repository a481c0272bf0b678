/** Calls of the library page (`/_local/library`). */

import type { AuditEntry, AuditPage, EmoteRow, FilmedClip, Overview } from "../common/answers";
import type { Format } from "../common/downloads";
import type { Call, Transport } from "../common/http";
import type { Correction } from "./correct/correction";
import type { SeenFigure } from "./correct/seen_figure";
import type { Version } from "./correct/versions";

/** An emote's clip and its start in it; in a group some emotes start later. */
export function clipOf(row: EmoteRow): FilmedClip | null {
  return row.clip && { ...row.clip, start: row.clip.start + (row.group?.startS ?? 0) };
}

export type Role = NonNullable<AuditEntry["role"]>;

/** Timeout of work on the service, which may finish a capture first. */
const WORK_MS = 600_000;

const SECRET = "kinetix.session";

function refinePath(emote: string): string {
  return `/emotes/${encodeURIComponent(emote)}/refine`;
}

export class Library {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sign in with the code of a one-time link. */
  async signIn(code: string): Promise<void> {
    const made = await this.#transport.call("/_local/session", { method: "POST", json: { code } });
    localStorage.setItem(SECRET, (made as { secret: string }).secret);
  }

  async overview(): Promise<Overview> {
    return (await this.#call("/_local/library")) as Overview;
  }

  /** Read entries of one actor ("": all), older than `before`, newest first. */
  async auditLog(actor = "", before?: number): Promise<AuditPage> {
    const query = new URLSearchParams();
    if (actor) query.set("actor", actor);
    if (before !== undefined) query.set("before", String(before));
    return (await this.#call(`/_local/library/audit?${query}`)) as AuditPage;
  }

  async newKey(world: string): Promise<string> {
    const made = (await this.#change(`/worlds/${encodeURIComponent(world)}/keys`, "POST", {
      name: "Library page",
    })) as { key: string };
    return made.key;
  }

  /** Change a world's settings; null restores a default. */
  async configure(world: string, configuration: Record<string, number | null>): Promise<void> {
    await this.#change(`/worlds/${encodeURIComponent(world)}`, "PATCH", { configuration });
  }

  async deleteKey(key: string): Promise<void> {
    await this.#change(`/keys/${encodeURIComponent(key)}`, "DELETE");
  }

  async change(entry: number, wanted: { name?: string; tags?: string[] }): Promise<void> {
    await this.#change(`/library/emotes/${entry}`, "PATCH", wanted);
  }

  async delete(entry: number): Promise<void> {
    await this.#change(`/library/emotes/${entry}`, "DELETE");
  }

  async bringBack(entry: number): Promise<void> {
    await this.#change(`/library/emotes/${entry}/bring-back`, "POST");
  }

  /** Return the proposed parts of a take. */
  async parts(entry: number): Promise<{ startS: number; endS: number }[]> {
    const found = await this.#call(`/_local/library/emotes/${entry}/cut`, { timeoutMs: WORK_MS });
    return (found as { parts: { startS: number; endS: number }[] }).parts;
  }

  async cut(entry: number, parts: { startS: number; endS: number; name: string }[]): Promise<void> {
    await this.#change(`/library/emotes/${entry}/cut`, "POST", { parts }, WORK_MS);
  }

  /** Return the versions of an emote, oldest first. */
  async versions(emote: string): Promise<Version[]> {
    return (await this.#call(`/_local${refinePath(emote)}`)) as Version[];
  }

  /** Return a version's figure in the clip. */
  async figure(emote: string, version: number): Promise<SeenFigure> {
    const path = `/_local${refinePath(emote)}/${version}/figure`;
    return (await this.#call(path, { timeoutMs: WORK_MS })) as SeenFigure;
  }

  /** Solve a new version with these corrections. It is still pending when returned. */
  async refine(emote: string, corrections: Correction[]): Promise<Version> {
    return (await this.#change(`${refinePath(emote)}`, "POST", { corrections })) as Version;
  }

  /** Make this version the current one. */
  async useVersion(emote: string, version: number): Promise<void> {
    await this.#change(`${refinePath(emote)}/${version}/current`, "POST");
  }

  /** Return a zip with one file per emote. */
  async archive(uuids: Iterable<string>, format: Format): Promise<Blob> {
    const query = new URLSearchParams([...uuids].map((uuid) => ["emote", uuid]));
    query.set("format", format);
    return (await this.#call(`/_local/library/archive?${query}`, { blob: true, timeoutMs: WORK_MS })) as Blob;
  }

  async signOut(): Promise<void> {
    await this.#change("/sign-out", "POST");
    localStorage.removeItem(SECRET);
  }

  #change(path: string, method: string, json?: unknown, timeoutMs?: number): Promise<unknown> {
    return this.#call(`/_local${path}`, {
      method,
      ...(json === undefined ? {} : { json }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  /** A page on another port gets the cookie, but not the secret. */
  #call(path: string, options: Call = {}): Promise<unknown> {
    return this.#transport.call(path, {
      ...options,
      headers: { "x-kinetix-session": localStorage.getItem(SECRET) ?? "" },
    });
  }
}
