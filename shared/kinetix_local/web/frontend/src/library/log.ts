/** Pages of the audit log that were read, newest first. */
import type { AuditEntry, AuditPage } from "../common/answers";
import type { Library } from "./api";

export class AuditLog {
  entries: readonly AuditEntry[] = [];
  actors: readonly string[] = [];
  /** Actor whose entries are shown; "": all. */
  actor = "";
  more = false;
  reading = false;
  error: unknown = null;
  readonly #library: Pick<Library, "auditLog">;
  readonly #changed: () => void;
  #reads = 0;

  constructor(library: Pick<Library, "auditLog">, changed: () => void) {
    this.#library = library;
    this.#changed = changed;
  }

  /** Read from the top, and hide the former actor's entries at once. */
  async newest(actor = this.actor): Promise<void> {
    this.actor = actor;
    this.entries = [];
    this.more = false;
    await this.#read();
  }

  async older(): Promise<void> {
    if (!this.reading) await this.#read(this.entries.at(-1)?.id);
  }

  async #read(before?: number): Promise<void> {
    const read = ++this.#reads;
    this.reading = true;
    this.error = null;
    this.#changed();
    let page: AuditPage | null = null;
    let error: unknown = null;
    try {
      page = await this.#library.auditLog(this.actor, before);
    } catch (refused) {
      error = refused;
    }
    if (read !== this.#reads) return; // another one was begun since, for another person
    this.reading = false;
    this.error = error;
    if (page) {
      this.entries = [...this.entries, ...page.entries];
      this.actors = page.actors;
      this.more = page.more;
    }
    this.#changed();
  }
}
