/** The audit log as far as it was read: of everybody or of one person, newest first, page by page. */
import type { AuditEntry, AuditPage } from "../common/answers";
import type { Library } from "./api";

export class AuditLog {
  entries: readonly AuditEntry[] = [];
  actors: readonly string[] = [];
  /** Whose entries are shown; "" is everybody. */
  actor = "";
  more = false;
  reading = false;
  /** Why the last read failed. */
  error: unknown = null;
  readonly #library: Pick<Library, "auditLog">;
  readonly #changed: () => void;
  #reads = 0;

  constructor(library: Pick<Library, "auditLog">, changed: () => void) {
    this.#library = library;
    this.#changed = changed;
  }

  /** Reads from the top. What was shown goes at once, as it may be another person's. */
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
