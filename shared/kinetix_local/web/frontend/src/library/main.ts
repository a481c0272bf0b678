/** The library page: what is on this server, playing in 3D, with its worlds, keys, processes and webhooks. */
import { announce } from "../common/announce";
import { h, replace, safeUrl } from "../common/dom";
import { downloads, shownFile } from "../common/downloads";
import { secondsText } from "../common/format";
import { FetchTransport, HttpError } from "../common/http";
import { type Key, LANGUAGES, type Language, language, startLanguage, t, useLanguage } from "../common/i18n";
import { player } from "../common/player";
import { Store } from "../common/store";
import { type EmoteRow, Library, type Overview, type WorldRow } from "./api";
import { matches } from "./filter";

const TABS = ["emotes", "processes", "users", "worlds", "webhooks"] as const;
type Tab = (typeof TABS)[number];
const REFRESH_MS = 3000;

interface State {
  tab: Tab;
  data: Overview | null;
  signedIn: boolean;
  note: string;
  freshKey: { world: string; key: string } | null;
}

startLanguage();
const library = new Library(new FetchTransport());
const store = new Store<State>({ tab: "emotes", data: null, signedIn: true, note: "", freshKey: null });
const root = document.getElementById("page") as HTMLElement;
let search = "";
/** The emote that the link names behind its #; opened once. */
let wanted = location.hash.slice(1);

async function refresh(): Promise<void> {
  try {
    const data = await library.overview();
    const same = JSON.stringify(data) === JSON.stringify(store.state.data);
    if (!same || store.state.note) store.set({ data, signedIn: true, note: "" });
    openWanted(data);
  } catch (error) {
    if (error instanceof HttpError && error.status === 401)
      store.set({ signedIn: false, data: null, note: store.state.data ? t("sessionEnded") : "" });
    else store.set({ note: t("offlineTitle") });
  }
}

async function act(action: () => Promise<void>): Promise<void> {
  try {
    await action();
    await refresh();
  } catch (error) {
    store.set({
      note: error instanceof HttpError ? `${error.problem.title} ${error.problem.nextStep}` : t("offlineTitle"),
    });
  }
}

function date(iso: string): string {
  return new Date(iso).toLocaleString(language());
}

function table(columns: Key[], rows: (Node | string | number)[][], label: Key): HTMLElement {
  if (!rows.length) return h("p", { class: "hint" }, t("nothing"));
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": t(label) },
    h(
      "table",
      null,
      h("thead", null, h("tr", null, ...columns.map((column) => h("th", { scope: "col" }, t(column))))),
      h("tbody", null, ...rows.map((row) => h("tr", null, ...row.map((cell) => h("td", null, cell))))),
    ),
  );
}

function emotes(data: Overview): HTMLElement {
  if (!data.emotes.length) return h("p", { class: "hint" }, t("noEmotes"));
  const list = h("ul", { class: "grid" });
  const fill = (): void =>
    replace(
      list,
      ...data.emotes
        .filter((row) => matches(search, row.name, row.user, row.world, row.uuid))
        .map((row) =>
          h(
            "li",
            null,
            h(
              "button",
              { type: "button", class: "tile", onclick: () => openEmote(row) },
              row.thumbnail ? h("img", { src: safeUrl(row.thumbnail), alt: "", loading: "lazy" }) : null,
              h("span", null, row.name),
              h("span", { class: "hint" }, `${row.user}${row.duration ? ` · ${secondsText(row.duration)}` : ""}`),
            ),
          ),
        ),
    );
  const input = h("input", { type: "search", placeholder: t("search"), "aria-label": t("search"), value: search });
  input.addEventListener("input", () => {
    search = input.value;
    fill();
  });
  fill();
  return h("div", null, h("p", null, input), list);
}

function openWanted(data: Overview): void {
  const row = data.emotes.find((emote) => emote.uuid === wanted);
  if (wanted) history.replaceState(null, "", location.pathname);
  wanted = "";
  if (row) openEmote(row);
}

function openEmote(row: EmoteRow): void {
  const glb = shownFile(row.files);
  const shown = glb ? player(safeUrl(glb.url), row.name) : null;
  const dialog = h(
    "dialog",
    { "aria-label": row.name, tabindex: -1 },
    h("h2", null, row.name),
    h("p", { class: "hint" }, `${t("user")}: ${row.user} · ${t("world")}: ${row.world} · ${date(row.createdAt)}`),
    shown?.element,
    downloads(row.files, row.name),
    h("div", { class: "actions" }, h("button", { type: "button", onclick: () => dialog.close() }, t("close"))),
  );
  dialog.addEventListener("close", () => {
    shown?.dispose();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.focus(); // else the first control that is ready gets it, which is the speed
}

function worlds(data: Overview): HTMLElement {
  return h("div", null, ...data.worlds.map(world));
}

function world(row: WorldRow): HTMLElement {
  const of = (used: number, limit: number | null): string => (limit === null ? String(used) : `${used} / ${limit}`);
  const users = `${t("users")} ${of(row.usage.users, row.limits.users)}`;
  const uge = `${t("emotes")} ${of(row.usage.uge, row.limits.uge)}`;
  const calls = `API ${of(row.usage.calls, row.limits.calls)}`;
  const fresh = store.state.freshKey?.world === row.uuid ? store.state.freshKey.key : null;
  return h(
    "section",
    null,
    h("h2", null, row.name),
    h("p", { class: "hint" }, [row.plan, users, uge, calls].join(" · ")),
    fresh ? h("p", { class: "good", role: "status" }, t("keyOnce"), " ", h("code", null, fresh)) : null,
    table(
      ["key", "rights", "expires", "deleteKey"],
      row.keys.map((key) => [
        h("code", null, `${key.hint} ${key.name}`.trim()),
        [key.canRead ? t("read") : "", key.canWrite ? t("write") : ""].filter(Boolean).join(", "),
        key.expiresAt ? date(key.expiresAt) : t("never"),
        deleteButton(key.uuid),
      ]),
      "worlds",
    ),
    h(
      "div",
      { class: "row" },
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          onclick: () => void act(() => makeKey(row.uuid)),
        },
        t("newKey"),
      ),
    ),
  );
}

async function makeKey(world: string): Promise<void> {
  store.set({ freshKey: { world, key: await library.newKey(world) } });
}

function deleteButton(key: string): HTMLElement {
  const button = h("button", { type: "button", class: "quiet" }, t("deleteKey"));
  button.addEventListener("click", () => {
    if (button.dataset.sure) {
      delete button.dataset.sure;
      return void act(() => library.deleteKey(key));
    }
    button.dataset.sure = "1";
    button.textContent = t("reallyDelete");
    announce(t("confirmDelete"));
  });
  return button;
}

function tabBody(tab: Tab, data: Overview): HTMLElement {
  switch (tab) {
    case "emotes":
      return emotes(data);
    case "users":
      return table(
        ["user", "world", "created", "bag"],
        data.users.map((row) => [row.id, row.world, date(row.createdAt), row.emotes]),
        "users",
      );
    case "processes":
      return table(
        ["name", "user", "status", "step", "progress", "created"],
        data.processes.map((row) => [
          row.name,
          row.user,
          row.status,
          h("span", { class: "long" }, row.message ? `${row.step}: ${row.message}` : row.step),
          `${row.progression} %`,
          date(row.createdAt),
        ]),
        "processes",
      );
    case "worlds":
      return worlds(data);
    case "webhooks":
      return table(
        ["event", "status", "address", "attempts", "answer", "created"],
        data.deliveries.map((row) => {
          const last = row.attempts.at(-1);
          return [
            row.status,
            row.state,
            row.url,
            row.attempts.length,
            last ? String(last.status ?? last.error) : "",
            date(row.createdAt),
          ];
        }),
        "webhooks",
      );
  }
}

function header(): HTMLElement {
  const select = h(
    "select",
    { "aria-label": t("language") },
    ...Object.entries(LANGUAGES).map(([code, label]) => h("option", { value: code }, label)),
  );
  select.value = language();
  select.addEventListener("change", () => {
    useLanguage(select.value as Language, true);
    show(store.state);
  });
  const out = h(
    "button",
    { type: "button", class: "quiet", onclick: () => void act(() => library.signOut()) },
    t("signOut"),
  );
  return h(
    "header",
    null,
    h("h1", null, t("libraryTitle")),
    h(
      "span",
      { class: "row" },
      h("a", { href: "/documentation" }, t("documentation")),
      select,
      store.state.signedIn ? out : null,
    ),
  );
}

/** The arrow keys go from tab to tab, as screen readers announce. */
function step(event: KeyboardEvent, from: Tab): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const tab = by && TABS[(TABS.indexOf(from) + by + TABS.length) % TABS.length];
  if (!tab) return;
  event.preventDefault();
  store.set({ tab });
  document.getElementById(`tab-${tab}`)?.focus();
}

function show(state: State): void {
  document.title = t("libraryTitle");
  root.dataset.screen = state.signedIn ? (state.data ? state.tab : "loading") : "signIn";
  if (!state.signedIn) {
    replace(
      root,
      header(),
      h(
        "section",
        { class: "card center" },
        h("h2", null, t("signInTitle")),
        state.note ? h("p", { class: "note" }, state.note) : null,
        h("p", null, t("signInHint")),
      ),
    );
    return;
  }
  const tabs = h(
    "nav",
    { role: "tablist", "aria-label": t("libraryTitle"), onkeydown: (event: KeyboardEvent) => step(event, state.tab) },
    ...TABS.map((tab) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          class: "quiet",
          id: `tab-${tab}`,
          tabindex: tab === state.tab ? 0 : -1,
          "aria-selected": String(tab === state.tab),
          "aria-controls": "panel",
          onclick: () => store.set({ tab }),
        },
        t(tab),
      ),
    ),
  );
  const panel = h(
    "section",
    { class: "card wide", id: "panel", role: "tabpanel", "aria-labelledby": `tab-${state.tab}` },
    state.note ? h("p", { class: "note", role: "alert" }, state.note) : null,
    state.data ? tabBody(state.tab, state.data) : h("p", null, t("checking")),
  );
  const focused = document.activeElement?.id;
  replace(root, header(), tabs, panel);
  if (focused) document.getElementById(focused)?.focus();
}

store.subscribe((state) => {
  // A search that is being typed and a key that waits for its second click are left alone by the refresh.
  const busy = root.querySelector('input[type="search"]:focus, [data-sure]');
  if (busy && state.signedIn && !state.freshKey) return;
  show(state);
});
show(store.state);
void refresh();
setInterval(() => void (store.state.signedIn && !document.hidden && refresh()), REFRESH_MS);
