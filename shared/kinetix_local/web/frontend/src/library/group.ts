/** Emotes of one clip: a card, and a dialog that plays them together. */

import type { EmoteRow } from "../common/answers";
import { button, h, quiet, safeUrl, showDialog } from "../common/dom";
import { shownFile } from "../common/downloads";
import { t } from "../common/i18n";
import { player } from "../common/player";
import type { Figure } from "../common/viewer";

/** Group the emotes of one clip in one bag, from left to right. */
export function together(rows: EmoteRow[]): EmoteRow[][] {
  const found = new Map<string, EmoteRow[]>();
  for (const row of rows) {
    const key = row.group ? `${row.world}/${row.user}/${row.group.id}` : `${row.entry}`;
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found.values()].map((group) => group.sort((a, b) => (a.group?.person ?? 0) - (b.group?.person ?? 0)));
}

export function groupCard(rows: EmoteRow[], tiles: HTMLElement[]): HTMLElement {
  const title = h("h2", { id: `group-${rows[0]?.entry}` }, t("filmedTogether", { count: rows.length }));
  const play = quiet({ id: `together-${rows[0]?.entry}`, onclick: () => playTogether(rows) }, t("playTogether"));
  return h(
    "li.group",
    h("div", { role: "group", "aria-labelledby": title.id }, h("div.title", title, play), h("ul.grid", ...tiles)),
  );
}

function playTogether(rows: EmoteRow[]): void {
  const names = rows.map((row) => row.name).join(", ");
  const shown = player(figures(rows), names);
  const dialog = h(
    "dialog.emote",
    { "aria-label": names, tabindex: -1 },
    h("h2", names),
    h("p.hint", t("togetherHint")),
    shown.element,
    h("div.actions", button({ class: "main", onclick: () => dialog.close() }, t("close"))),
  );
  showDialog(dialog, `together-${rows[0]?.entry}`, () => shown.dispose());
}

function figures(rows: EmoteRow[]): Figure[] {
  return rows.flatMap((row) => {
    const glb = shownFile(row.files);
    return glb && row.group ? [{ ...row.group, url: safeUrl(glb.url) }] : [];
  });
}
