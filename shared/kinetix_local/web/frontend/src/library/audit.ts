/** The audit log and its tab. */
import type { AuditEntry } from "../common/answers";
import { announce, h, quiet, replace } from "../common/dom";
import { knownText, language, refusal, t } from "../common/i18n";
import type { Library, Role } from "./api";
import { date, table } from "./table";

export function roleText(role: Role | null): string {
  return role ? t(`role_${role}`) : "";
}

/** Actors in the log: `administrator`, `command line, NAME`, `key NAME`. */
export function who(actor: string): string {
  if (actor === "administrator") return t("administrator");
  const [, kind, name] = /^(command line, |key )(.*)$/.exec(actor) ?? [];
  if (kind === "key ") return name || t("keyWithoutName");
  return name ? t("byCommand", { name }) : actor;
}

/** Return an action in words, or its name if it is unknown. */
export function what(action: string): string {
  return knownText(`audit_${action}`) ?? action.replaceAll("_", " ");
}

function onWhat({ about, role, world }: AuditEntry): string {
  return [about, roleText(role), world].filter(Boolean).join(" · ") || "–";
}

/** Pages of the audit log that were read, newest first. */
export class AuditLog {
  entries: readonly AuditEntry[] = [];
  actors: readonly string[] = [];
  /** Actor whose entries are shown; "": all. */
  actor = "";
  more = false;
  reading = false;
  error: unknown = null;
  #reads = 0;

  constructor(
    private readonly library: Pick<Library, "auditLog">,
    private readonly changed: () => void,
  ) {}

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
    this.changed();
    const answer = await this.library.auditLog(this.actor, before).catch((error: unknown) => ({ error }));
    if (read !== this.#reads) return; // another one was begun since, for another person
    this.reading = false;
    if ("error" in answer) {
      this.error = answer.error;
    } else {
      this.entries = [...this.entries, ...answer.entries];
      this.actors = answer.actors;
      this.more = answer.more;
    }
    this.changed();
  }
}

export class AuditTab {
  readonly #log: AuditLog;
  #fill = (): void => {};

  constructor(library: Pick<Library, "auditLog">) {
    this.#log = new AuditLog(library, () => this.#fill());
  }

  open(): void {
    void this.#log.newest();
  }

  /** Return the element of the tab, which follows later reads. */
  show(): HTMLElement {
    const log = this.#log;
    const person = h("select", { id: "audit-person", onchange: () => void this.#read(log.newest(person.value)) });
    const entries = h("div");
    const state = h("div");
    const table = (): HTMLElement | null => entries.querySelector("[tabindex]");
    const older = async (): Promise<void> => {
      await this.#read(log.older());
      if (more.hidden) table()?.focus(); // the focused button is gone
    };
    const again = async (): Promise<void> => {
      await this.#read(log.entries.length ? log.older() : log.newest());
      (state.querySelector("button") ?? table())?.focus();
    };
    const more = quiet({ id: "audit-more", onclick: () => void older() }, t("showOlder"));
    this.#fill = () => {
      showPeople(person, log);
      replace(entries, log.entries.length ? entriesTable(log.entries) : null);
      replace(
        state,
        stateOf(log, () => void again()),
      );
      more.hidden = !log.more || log.error !== null;
      more.setAttribute("aria-disabled", String(log.reading));
    };
    this.#fill();
    const filter = h("p.filter", h("label", { for: person.id }, t("person")), person);
    return h("div", filter, entries, state, more);
  }

  /** Announce how many entries are shown once they are read. */
  async #read(reading: Promise<void>): Promise<void> {
    await reading;
    const { entries, error } = this.#log;
    if (!error && !this.#log.reading) announce(t("entriesShown", { count: entries.length }));
  }
}

/** Unchanged options stay, as the list may be open. */
function showPeople(select: HTMLSelectElement, log: AuditLog): void {
  const actors = [...log.actors].sort((a, b) => who(a).localeCompare(who(b), language()));
  const values = ["", ...actors];
  if (values.join("\n") !== [...select.options].map((option) => option.value).join("\n") || !select.options.length)
    replace(select, ...values.map((actor) => h("option", { value: actor }, actor ? who(actor) : t("everybody"))));
  select.value = log.actor;
}

function entriesTable(entries: readonly AuditEntry[]): HTMLElement {
  return table(
    ["when", "who", "what", "onWhat"],
    entries.map((entry) => [date(entry.at), who(entry.actor), what(entry.action), onWhat(entry)]),
    "audit",
  );
}

/** State of the log: reading, failed, or empty. */
function stateOf(log: AuditLog, readAgain: () => void): HTMLElement | null {
  if (log.error !== null) {
    const again = quiet({ id: "audit-again", onclick: readAgain }, t("tryAgain"));
    return h("p.row", { role: "alert" }, h("span.note", refusal(log.error)), again);
  }
  if (log.reading) return h("p.hint", t("auditReading"));
  return log.entries.length ? null : h("p.hint", t("nothing"));
}
