/** The audit log and its tab. */
import type { AuditEntry, AuditPage } from "../common/answers";
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
    let page: AuditPage | null = null;
    let error: unknown = null;
    try {
      page = await this.library.auditLog(this.actor, before);
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
    const person = h("select", { id: "audit-person" });
    person.addEventListener("change", () => void this.#choose(person.value));
    const entries = h("div");
    const state = h("div");
    const more = quiet({ id: "audit-more" }, t("showOlder"));
    more.addEventListener("click", () => void this.#older(entries, more));
    const again = (): void => void this.#again(entries, state);
    this.#fill = () => {
      showPeople(person, log);
      replace(entries, log.entries.length ? entriesTable(log.entries) : null);
      replace(state, stateOf(log, again));
      more.hidden = !log.more || log.error !== null;
      more.setAttribute("aria-disabled", String(log.reading));
    };
    this.#fill();
    const filter = h("p.filter", h("label", { for: person.id }, t("person")), person);
    return h("div", filter, entries, state, more);
  }

  async #choose(actor: string): Promise<void> {
    await this.#log.newest(actor);
    this.#announceCount();
  }

  async #older(entries: HTMLElement, more: HTMLElement): Promise<void> {
    await this.#log.older();
    this.#announceCount();
    // The focused button may be gone.
    if (more.hidden) entries.querySelector<HTMLElement>("[tabindex]")?.focus();
  }

  async #again(entries: HTMLElement, state: HTMLElement): Promise<void> {
    await (this.#log.entries.length ? this.#log.older() : this.#log.newest());
    this.#announceCount();
    const next = state.querySelector("button") ?? entries.querySelector<HTMLElement>("[tabindex]");
    next?.focus();
  }

  #announceCount(): void {
    const { entries, error, reading } = this.#log;
    if (!error && !reading) announce(t("entriesShown", { count: entries.length }));
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
