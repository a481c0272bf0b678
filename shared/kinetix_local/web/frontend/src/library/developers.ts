/** The developers' tabs: processes, users, worlds with their keys, webhooks. */
import type { Overview, WorldRow } from "../common/answers";
import { announce, checkbox, h, quiet } from "../common/dom";
import type { Wording } from "../common/http";
import { t, translated } from "../common/i18n";
import { roleText } from "./audit";
import type { Context, Tab } from "./state";
import { date, table } from "./table";

export function developers(tab: Exclude<Tab, "emotes" | "audit">, data: Overview, context: Context): HTMLElement {
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
          h("span.long", row.message ? translated(row.message, row.wording as Wording | null) : row.step),
          row.status === "pending" ? "" : `${row.progression} %`,
          date(row.createdAt),
        ]),
        "processes",
      );
    case "worlds":
      return h("div", ...data.worlds.map((row) => world(row, context)));
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
    h("h2", row.name),
    h("p.hint", [row.plan, users, uge, calls].join(" · ")),
    fresh ? h("p.good", { role: "status" }, t("keyOnce"), " ", h("code", fresh)) : null,
    ...clipLengths(row, context),
    table(
      ["key", "role", "rights", "expires", "deleteKey"],
      row.keys.map((key) => [
        h("code", `${key.hint} ${key.name}`.trim()),
        roleText(key.role) || t("noRole"),
        [key.canRead ? t("read") : "", key.canWrite ? t("write") : ""].filter(Boolean).join(", "),
        key.expiresAt ? date(key.expiresAt) : t("never"),
        deleteButton(key.uuid, context),
      ]),
      "worlds",
    ),
    h(
      "div.row",
      quiet(
        { id: `new-key-${row.uuid}`, onclick: () => void context.act(() => makeKey(row.uuid, context)) },
        t("newKey"),
      ),
    ),
  );
}

/** Clip lengths beyond those of the API. */
function clipLengths({ uuid, clipLength }: WorldRow, { act, library }: Context): HTMLElement[] {
  if (!clipLength) return [];
  const choice = (name: "minSeconds" | "maxSeconds", text: string, seconds: number): HTMLElement => {
    const box = checkbox({ id: `${name}-${uuid}` }, clipLength[name] === seconds, (checked) => {
      void act(() => library.configure(uuid, { [name]: checked ? seconds : null }));
    });
    return h("label.tick", box, text);
  };
  return [
    choice("maxSeconds", t("clipsLong"), clipLength.longest),
    choice("minSeconds", t("clipsShort", { least: clipLength.shortest }), clipLength.shortest),
  ];
}

async function makeKey(world: string, { library, store }: Context): Promise<void> {
  store.set({ freshKey: { world, key: await library.newKey(world) } });
}

function deleteButton(key: string, { act, library }: Context): HTMLElement {
  const button = quiet({ id: `delete-${key}` }, t("deleteKey"));
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
