/** The emotes: search, tags, grid, bulk actions and bin. */

import type { EmoteRow, Overview } from "../common/answers";
import { button, checkbox, h, quiet, replace, safeUrl, select } from "../common/dom";
import { FORMATS, type Format, LABELS } from "../common/downloads";
import { secondsText } from "../common/format";
import { language, locale, t } from "../common/i18n";
import { deleteAll, undo } from "./deletion";
import { openEmote } from "./emote";
import { groupCard, together } from "./group";
import type { Context } from "./state";

/** Lifetime of a file that the browser saves. */
const KEPT_MS = 60_000;

/** Search and selection, kept over a refresh. */
const choice = { search: "", tag: "", entries: new Set<number>(), format: "glb" as Format };

export function emotes(data: Overview, context: Context): HTMLElement {
  const bin = binOf(data, context);
  if (!data.emotes.length) return h("div", undo(context), h("p.hint", t("noEmotes")), bin);
  for (const entry of choice.entries) if (!data.emotes.some((row) => row.entry === entry)) choice.entries.delete(entry);
  if (!data.emotes.some((row) => row.tags.includes(choice.tag))) choice.tag = "";
  const list = h("ul.grid");
  const bar = h("div.bar", { role: "group", "aria-label": t("several") });
  const showBar = (): void => {
    bar.hidden = !choice.entries.size;
    replace(bar, ...several(data, context, fill));
  };
  const fill = (): void => {
    const found = data.emotes.filter(
      (row) =>
        (!choice.tag || row.tags.includes(choice.tag)) &&
        matches(choice.search, row.name, row.user, row.world, row.uuid, ...row.tags),
    );
    const cards = together(found).map((rows) => {
      const tiles = rows.map((row) => tile(row, context, showBar));
      return rows.length > 1 ? groupCard(rows, tiles) : (tiles[0] as HTMLElement);
    });
    replace(list, ...cards);
    nothing.hidden = found.length > 0;
    showBar();
  };
  const nothing = h("p.hint", { role: "status" }, t("nothingFound"));
  const words = t("search");
  const input = h("input", { type: "search", id: "search", placeholder: words, "aria-label": words });
  input.value = choice.search;
  input.addEventListener("input", () => {
    choice.search = input.value;
    fill();
  });
  const tags = tagFilter(data, fill);
  fill();
  return h("div", undo(context), h("p", input), tags, nothing, list, bar, bin);
}

function tagFilter(data: Overview, fill: () => void): HTMLElement | null {
  const all = [...new Set(data.emotes.flatMap((row) => row.tags))].sort((a, b) => a.localeCompare(b, language()));
  if (!all.length) return null;
  const buttons = all.map((tag) =>
    button({ class: "tag", id: `tag-${tag}`, "aria-pressed": String(tag === choice.tag) }, tag),
  );
  for (const button of buttons)
    button.addEventListener("click", () => {
      choice.tag = choice.tag === button.textContent ? "" : (button.textContent ?? "");
      for (const each of buttons) each.setAttribute("aria-pressed", String(each.textContent === choice.tag));
      fill();
    });
  return h("div.tags", { role: "group", "aria-label": t("tags") }, ...buttons);
}

function tile(row: EmoteRow, context: Context, chosen: () => void): HTMLElement {
  const props = { id: `pick-${row.entry}`, "aria-label": t("choose", { name: row.name }) };
  const pick = checkbox(props, choice.entries.has(row.entry), (checked) => {
    if (checked) choice.entries.add(row.entry);
    else choice.entries.delete(row.entry);
    chosen();
  });
  return h(
    "li",
    button(
      { class: "tile", id: `emote-${row.entry}`, onclick: () => openEmote(row, context) },
      row.thumbnail
        ? h("img", { src: safeUrl(row.thumbnail), alt: "", loading: "lazy" })
        : h("span.blank", { "aria-hidden": "true" }),
      h("span.name", row.name),
      h("span.hint", [row.user, row.duration ? secondsText(row.duration) : ""].filter(Boolean).join(" · ")),
      row.tags.length ? h("span.hint", row.tags.map((tag) => `#${tag}`).join(" ")) : null,
    ),
    h("label.pick", { for: pick.id }, pick),
  );
}

function several(data: Overview, context: Context, fill: () => void): HTMLElement[] {
  const rows = data.emotes.filter((row) => choice.entries.has(row.entry));
  const formats = FORMATS.map((each): [Format, string] => [each, LABELS[each]]);
  const format = select({ id: "format", "aria-label": t("format") }, formats, choice.format, (chosen) => {
    choice.format = chosen as Format;
  });
  const download = async (): Promise<void> => {
    const zip = await context.library.archive(new Set(rows.map((row) => row.uuid)), choice.format);
    const href = URL.createObjectURL(zip);
    h("a", { href, download: `emotes-${choice.format}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(href), KEPT_MS);
  };
  const zip = button({ id: "zip", onclick: () => void context.act(download) }, t("downloadZip"));
  const clear = (): void => {
    choice.entries.clear();
    fill();
  };
  return [
    h("span", { role: "status" }, t("chosen", { count: rows.length })),
    h("span.row", format, zip),
    quiet({ id: "delete-chosen", onclick: () => void deleteAll(rows, context) }, t("delete")),
    quiet({ id: "choose-none", onclick: clear }, t("chooseNone")),
  ];
}

function binOf(data: Overview, context: Context): HTMLElement | null {
  if (!data.bin.length) return null;
  const rows = data.bin.map((row) =>
    h(
      "li",
      h("span", row.name),
      h("span.hint", `${row.user} · ${new Date(row.deletedAt).toLocaleDateString(locale())}`),
      quiet(
        {
          id: `back-${row.entry}`,
          "aria-label": `${t("bringBack")}: ${row.name}`,
          onclick: () => void context.act(() => context.library.bringBack(row.entry)),
        },
        t("bringBack"),
      ),
    ),
  );
  const details = h(
    "details.bin",
    h("summary", t("bin", { count: rows.length })),
    h("p.hint", t("binHint")),
    h("ul", ...rows),
  );
  details.open = binIsOpen;
  details.addEventListener("toggle", () => {
    binIsOpen = details.open;
  });
  return details;
}

let binIsOpen = false;

/** Search over any rows: every word must occur somewhere, case and accents aside. */
export function matches(words: string, ...texts: (string | number)[]): boolean {
  const plain = (text: string): string =>
    text
      .normalize("NFD")
      .replace(/\p{Diacritic}/gu, "")
      .toLowerCase();
  const all = plain(texts.join(" "));
  return plain(words)
    .split(/\s+/)
    .every((word) => all.includes(word));
}
