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

interface Span {
  startS: number;
  endS: number;
}

function refinePath(emote: string): string {
  return `/emotes/${encodeURIComponent(emote)}/refine`;
}

export class Library {
  constructor(private readonly transport: Transport) {}

  async signIn(code: string): Promise<void> {
    const { secret } = await this.transport.call<{ secret: string }>("/_local/session", {
      method: "POST",
      json: { code },
    });
    localStorage.setItem(SECRET, secret);
  }

  overview(): Promise<Overview> {
    return this.#call("/library");
  }

  /** Read entries of one actor ("": all), older than `before`, newest first. */
  auditLog(actor = "", before?: number): Promise<AuditPage> {
    const query = new URLSearchParams();
    if (actor) query.set("actor", actor);
    if (before !== undefined) query.set("before", String(before));
    return this.#call(`/library/audit?${query}`);
  }

  async newKey(world: string): Promise<string> {
    const json = { name: "Library page" };
    const path = `/worlds/${encodeURIComponent(world)}/keys`;
    return (await this.#call<{ key: string }>(path, { method: "POST", json })).key;
  }

  /** Change a world's settings; null restores a default. */
  configure(world: string, configuration: Record<string, number | null>): Promise<void> {
    return this.#call(`/worlds/${encodeURIComponent(world)}`, { method: "PATCH", json: { configuration } });
  }

  deleteKey(key: string): Promise<void> {
    return this.#call(`/keys/${encodeURIComponent(key)}`, { method: "DELETE" });
  }

  change(entry: number, wanted: { name?: string; tags?: string[] }): Promise<void> {
    return this.#call(`/library/emotes/${entry}`, { method: "PATCH", json: wanted });
  }

  delete(entry: number): Promise<void> {
    return this.#call(`/library/emotes/${entry}`, { method: "DELETE" });
  }

  bringBack(entry: number): Promise<void> {
    return this.#call(`/library/emotes/${entry}/bring-back`, { method: "POST" });
  }

  async parts(entry: number): Promise<Span[]> {
    const path = `/library/emotes/${entry}/cut`;
    return (await this.#call<{ parts: Span[] }>(path, { timeoutMs: WORK_MS })).parts;
  }

  cut(entry: number, parts: (Span & { name: string })[]): Promise<void> {
    return this.#call(`/library/emotes/${entry}/cut`, { method: "POST", json: { parts }, timeoutMs: WORK_MS });
  }

  /** Return the versions of an emote, oldest first. */
  versions(emote: string): Promise<Version[]> {
    return this.#call(refinePath(emote));
  }

  figure(emote: string, version: number): Promise<SeenFigure> {
    return this.#call(`${refinePath(emote)}/${version}/figure`, { timeoutMs: WORK_MS });
  }

  /** Solve a new version with these corrections. It is still pending when returned. */
  refine(emote: string, corrections: Correction[]): Promise<Version> {
    return this.#call(refinePath(emote), { method: "POST", json: { corrections } });
  }

  useVersion(emote: string, version: number): Promise<void> {
    return this.#call(`${refinePath(emote)}/${version}/current`, { method: "POST" });
  }

  /** Return a zip with one file per emote. */
  archive(uuids: Iterable<string>, format: Format): Promise<Blob> {
    const query = new URLSearchParams([...uuids].map((uuid) => ["emote", uuid]));
    query.set("format", format);
    return this.#call(`/library/archive?${query}`, { blob: true, timeoutMs: WORK_MS });
  }

  async signOut(): Promise<void> {
    await this.#call("/sign-out", { method: "POST" });
    localStorage.removeItem(SECRET);
  }

  /** A page on another port gets the cookie, but not the secret. */
  #call<Answer>(path: string, options: Call = {}): Promise<Answer> {
    const headers = { "x-kinetix-session": localStorage.getItem(SECRET) ?? "" };
    return this.transport.call(`/_local${path}`, { ...options, headers });
  }
}
