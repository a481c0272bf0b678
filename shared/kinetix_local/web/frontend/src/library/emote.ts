/** One emote: the clip beside it, its name and tags, its files. */
import type { EmoteRow } from "../common/answers";
import { announce, button, h, quiet, replace, safeUrl, showDialog } from "../common/dom";
import { downloads, shownFile } from "../common/downloads";
import { locale, t } from "../common/i18n";
import { pair } from "../common/pair";
import { clipOf } from "./api";
import { openCorrect } from "./correct/correct";
import { openCut } from "./cut";
import { deleteAll } from "./deletion";
import type { Context } from "./state";

/** `frame`: correct the emote at this frame of its take at once. */
export function openEmote(row: EmoteRow, context: Context, frame?: number): void {
  const glb = shownFile(row.files);
  const clip = clipOf(row);
  const shown = pair(row.name, row.files, clip && safeUrl(clip.url), clip?.start ?? 0);
  const note = h("p.note", { role: "alert" });
  const made = new Date(row.createdAt).toLocaleString(locale());
  const remove = quiet({}, t("delete"));
  const cut = quiet({ id: "cut", hidden: !glb }, t("cut"));
  const correct = quiet({ id: "correct", hidden: !row.correctable }, t("correct"));
  const dialog = h(
    "dialog",
    { class: row.clip ? "emote both" : "emote", "aria-label": row.name, tabindex: -1 },
    name(row, context, note),
    h("p.hint", `${t("player")}: ${row.user} · ${t("game")}: ${row.world} · ${made}`),
    note,
    h("div.beside", shown.element, h("div", tags(row, context, note), downloads(row.files, row.name))),
    h("div.actions", remove, cut, correct, button({ class: "main", onclick: () => dialog.close() }, t("close"))),
  );
  remove.addEventListener("click", async () => {
    if (await deleteAll([row], context)) dialog.close();
    else note.textContent = context.store.state.note;
  });
  cut.addEventListener("click", () => openCut(row, context, cut.id, () => dialog.close()));
  const openAt = (at?: number): void => openCorrect(row, context, correct.id, () => dialog.close(), at);
  correct.addEventListener("click", () => openAt());
  showDialog(dialog, `emote-${row.entry}`, () => shown.dispose());
  if (frame !== undefined && row.correctable) openAt(frame);
}

/** The heading, which becomes a field by its button. */
function name(row: EmoteRow, context: Context, note: HTMLElement): HTMLElement {
  const place = h("div.title");
  const show = (focus: boolean): void => {
    const button = quiet({ onclick: edit }, t("rename"));
    replace(place, h("h2", row.name), button);
    if (focus) button.focus();
  };
  const edit = (): void => {
    const input = h("input", {
      type: "text",
      value: row.name,
      "aria-label": t("name"),
      maxlength: 100,
      required: true,
      autocomplete: "off",
    });
    const save = async (event: Event): Promise<void> => {
      event.preventDefault();
      const wanted = input.value.trim();
      const well =
        wanted === row.name || (await context.act(() => context.library.change(row.entry, { name: wanted })));
      note.textContent = well ? "" : context.store.state.note;
      if (!well) return;
      row.name = wanted;
      place.closest("dialog")?.setAttribute("aria-label", wanted);
      announce(t("renamed", { name: wanted }));
      show(true);
    };
    const leave = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // the dialog stays
      show(true);
    };
    replace(
      place,
      h(
        "form.row",
        { onsubmit: (event: Event) => void save(event), onkeydown: leave },
        input,
        h("button", { type: "submit", class: "main" }, t("save")),
      ),
    );
    input.focus();
    input.select();
  };
  show(false);
  return place;
}

function tags(row: EmoteRow, context: Context, note: HTMLElement): HTMLElement {
  const place = h("div.tags", { role: "group", "aria-label": t("tags") });
  const give = async (wanted: string[]): Promise<void> => {
    const well = await context.act(() => context.library.change(row.entry, { tags: wanted }));
    note.textContent = well ? "" : context.store.state.note;
    if (well) row.tags = wanted;
    show();
    place.querySelector("input")?.focus();
  };
  const show = (): void => {
    const input = h("input", {
      type: "text",
      placeholder: t("addTag"),
      "aria-label": t("addTag"),
      maxlength: 32,
      autocomplete: "off",
    });
    const add = (event: Event): void => {
      event.preventDefault();
      const tag = input.value.trim().replace(/^#/, "");
      const known = row.tags.some((each) => each.toLowerCase() === tag.toLowerCase());
      if (tag && !known) void give([...row.tags, tag]);
    };
    replace(
      place,
      ...row.tags.map((tag) =>
        button(
          {
            class: "tag",
            "aria-label": t("removeTag", { tag }),
            onclick: () => void give(row.tags.filter((each) => each !== tag)),
          },
          `${tag} ×`,
        ),
      ),
      h("form", { onsubmit: add }, input),
    );
  };
  show();
  return place;
}
