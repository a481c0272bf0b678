/** The developers' tabs: processes, users, worlds with their keys, webhooks. */
import { announce } from "../common/announce";
import { h } from "../common/dom";
import { type Key, language, t } from "../common/i18n";
import type { Overview, WorldRow } from "./api";
import type { Context, Tab } from "./state";

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

export function developers(tab: Exclude<Tab, "emotes">, data: Overview, context: Context): HTMLElement {
  switch (tab) {
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
      return h("div", null, ...data.worlds.map((row) => world(row, context)));
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

function world(row: WorldRow, context: Context): HTMLElement {
  const of = (used: number, limit: number | null): string => (limit === null ? String(used) : `${used} / ${limit}`);
  const users = `${t("users")} ${of(row.usage.users, row.limits.users)}`;
  const uge = `${t("emotes")} ${of(row.usage.uge, row.limits.uge)}`;
  const calls = `API ${of(row.usage.calls, row.limits.calls)}`;
  const { freshKey } = context.store.state;
  const fresh = freshKey?.world === row.uuid ? freshKey.key : null;
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
        deleteButton(key.uuid, context),
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
          onclick: () => void context.act(() => makeKey(row.uuid, context)),
        },
        t("newKey"),
      ),
    ),
  );
}

async function makeKey(world: string, { library, store }: Context): Promise<void> {
  store.set({ freshKey: { world, key: await library.newKey(world) } });
}

function deleteButton(key: string, { act, library }: Context): HTMLElement {
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
