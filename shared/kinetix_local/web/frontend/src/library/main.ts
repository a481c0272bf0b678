/** The library page: what is on this server, playing in 3D, with its worlds, keys, processes and webhooks. */

import type { Overview } from "../common/answers";
import { button, h, quiet, replace } from "../common/dom";
import { FetchTransport, HttpError } from "../common/http";
import { refusal, startLanguage, t } from "../common/i18n";
import { languageChoice } from "../common/languages";
import { Store } from "../common/store";
import { Library } from "./api";
import { AuditTab } from "./audit";
import { developers } from "./developers";
import { openEmote } from "./emote";
import { emotes } from "./emotes";
import { type Context, INITIAL, type State, TABS, type Tab } from "./state";

const REFRESH_MS = 3000;

const library = new Library(new FetchTransport());
const store = new Store<State>(INITIAL);
const context: Context = { library, store, act };
const audit = new AuditTab(library);
const root = document.getElementById("page") as HTMLElement;
let developersShown = false;
/** The emote that the link names behind its #, and `/12` for *Correct* at that frame; opened once. */
let [wanted, frame] = location.hash.slice(1).split("/");

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

async function act(action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    await refresh();
    return true;
  } catch (error) {
    store.set({ note: refusal(error) });
    return false;
  }
}

function openWanted(data: Overview): void {
  const row = data.emotes.find((emote) => emote.uuid === wanted);
  if (wanted) history.replaceState(null, "", location.pathname);
  wanted = "";
  if (row) openEmote(row, context, /^\d{1,6}$/.test(frame ?? "") ? Number(frame) : undefined);
}

function header(): HTMLElement {
  const out = quiet({ id: "sign-out", onclick: () => void act(() => library.signOut()) }, t("signOut"));
  return h(
    "header",
    h("h1", t("libraryTitle")),
    h(
      "span.row",
      h("a", { href: "/documentation", id: "documentation" }, t("documentation")),
      languageChoice(() => show(store.state)),
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

function body(tab: Tab, data: Overview): HTMLElement {
  if (tab === "audit") return audit.show();
  return tab === "emotes" ? emotes(data, context) : developers(tab, data, context);
}

/** On a phone the developers' tabs stay out of the way until they are asked for. */
function developersButton(state: State): HTMLElement | null {
  if (state.tab !== "emotes") return null;
  return button(
    {
      class: "quiet for-developers",
      id: "developers",
      "aria-expanded": String(developersShown),
      "aria-controls": "tabs",
      onclick: () => {
        developersShown = !developersShown;
        show(store.state);
      },
    },
    t("developers"),
  );
}

function show(state: State): void {
  document.title = t("libraryTitle");
  root.dataset.screen = state.signedIn ? (state.data ? state.tab : "loading") : "signIn";
  if (!state.signedIn) {
    replace(
      root,
      header(),
      h(
        "section.card.center",
        h("h2", t("signInTitle")),
        state.note ? h("p.note", state.note) : null,
        h("p", t("signInHint")),
      ),
    );
    return;
  }
  const tabs = h(
    "nav",
    {
      role: "tablist",
      id: "tabs",
      "aria-label": t("libraryTitle"),
      "data-all": developersShown || state.tab !== "emotes",
      onkeydown: (event: KeyboardEvent) => step(event, state.tab),
    },
    ...TABS.map((tab) =>
      button(
        {
          role: "tab",
          class: tab === "emotes" ? "quiet" : "quiet developer",
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
    "section.card.wide",
    { id: "panel", role: "tabpanel", "aria-labelledby": `tab-${state.tab}` },
    state.note ? h("p.note", { role: "alert" }, state.note) : null,
    state.data ? body(state.tab, state.data) : h("p", t("checking")),
  );
  // By its id the focus stays with what has it, so everything that takes it has one.
  const focused = document.activeElement?.id;
  replace(root, header(), h("div.tabs", tabs, developersButton(state)), panel);
  if (focused) document.getElementById(focused)?.focus();
}

store.subscribe((state, before) => {
  if (state.tab === "audit" && before.tab !== "audit") audit.open();
  // A search that is being typed, a person who is being chosen and a key that waits for its second click are left
  // alone by the refresh.
  const busy = root.querySelector('input[type="search"]:focus, #audit-person:focus, [data-sure]');
  if (busy && state.signedIn && !state.freshKey) return;
  show(state);
});
/** A link of `kinetix local sign-in` has a code. One that was used is no harm where the browser is signed in. */
async function signIn(): Promise<void> {
  const code = new URLSearchParams(location.search).get("sign-in");
  if (!code) return;
  history.replaceState(null, "", location.pathname + location.hash);
  await library.signIn(code).catch(() => undefined);
}

void Promise.all([startLanguage(), signIn()]).then(() => {
  show(store.state);
  void refresh();
  setInterval(() => void (store.state.signedIn && !document.hidden && refresh()), REFRESH_MS);
});
