/** Deletion of emotes, and its undo. */

import type { EmoteRow } from "../common/answers";
import { h, quiet } from "../common/dom";
import { t } from "../common/i18n";
import type { Context } from "./state";

/** Delete emotes and return whether all succeeded. */
export async function deleteAll(rows: EmoteRow[], context: Context): Promise<boolean> {
  const first = rows[0];
  if (!first) return true;
  const label = rows.length === 1 ? t("deleted", { name: first.name }) : t("deletedMany", { count: rows.length });
  const entries: number[] = [];
  const well = await context.act(async () => {
    for (const row of rows) {
      await context.library.delete(row.entry);
      entries.push(row.entry);
    }
  });
  if (entries.length) context.store.set({ deleted: { entries, label } });
  return well;
}

export function undo(context: Context): HTMLElement | null {
  const deleted = context.store.state.deleted;
  if (!deleted) return null;
  const bringBack = async (): Promise<void> => {
    const well = await context.act(async () => {
      for (const entry of deleted.entries) await context.library.bringBack(entry);
    });
    if (well) context.store.set({ deleted: null });
  };
  return h(
    "p.undo",
    { role: "status" },
    deleted.label,
    " ",
    quiet({ id: "undo", onclick: () => void bringBack() }, t("undo")),
  );
}
