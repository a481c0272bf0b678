/** A long take is cut into emotes: what is proposed is chosen, named and moved, on a strip or by its seconds. */
import type { EmoteRow } from "../common/answers";
import { announce, checkbox, drag, h, placed, quiet, replace, showDialog } from "../common/dom";
import { refusal, t } from "../common/i18n";
import { type Edge, moved, nearestEdge, type Part } from "./parts";
import type { Context } from "./state";

const LONGEST_NAME = 100;

/** Opens it over the emote, whose button `opener` gets the focus back; `done` is called once there are new emotes. */
export function openCut(row: EmoteRow, context: Context, opener: string, done: () => void): void {
  const parts: Part[] = [];
  let duration = row.duration ?? 0;
  const note = h("p.note", { role: "alert" });
  const status = h("p.hint", { role: "status" }, t("cutLooking"));
  const strip = h("div.strip", { "aria-hidden": "true", onpointerdown: dragEdge });
  const list = h("ol.parts");
  const add = quiet({ hidden: true, onclick: addPart }, t("cutAdd"));
  const make = h("button", { type: "submit", class: "main", disabled: true });
  const form = h(
    "form",
    { novalidate: true, onsubmit: (event: Event) => void cut(event) },
    list,
    add,
    note,
    h("div.actions", quiet({ onclick: () => dialog.close() }, t("cancel")), make),
  );
  const title = t("cutTitle", { name: row.name });
  const dialog = h("dialog.cut", { "aria-label": title, tabindex: -1 }, h("h2", title), status, strip, form);
  showDialog(dialog, opener);
  showChoice();
  void propose();

  async function propose(): Promise<void> {
    try {
      const found = await context.library.parts(row.entry);
      duration = Math.max(duration, ...found.map((part) => part.endS));
      parts.push(...found.map((part, index) => newPart(part.startS, part.endS, index + 1)));
      status.textContent = found.length > 1 ? t("cutHint", { name: row.name }) : t("cutNone");
      add.hidden = false;
      showList();
    } catch (error) {
      status.textContent = "";
      note.textContent = refusal(error);
    }
  }

  function newPart(start: number, end: number, number: number): Part {
    const name = `${row.name.slice(0, LONGEST_NAME - 4)} ${number}`;
    return { start: Math.round(start * 100) / 100, end: Math.round(end * 100) / 100, name, chosen: true };
  }

  function addPart(): void {
    const last = parts.at(-1)?.end ?? 0;
    parts.push(newPart(last < duration - 1 ? last : 0, duration, parts.length + 1));
    showList();
    list.lastElementChild?.querySelector<HTMLInputElement>('input[type="text"]')?.focus();
  }

  function showList(): void {
    replace(list, ...parts.map((_, index) => line(index)));
    showChoice();
  }

  function line(index: number): HTMLElement {
    const part = (): Part => parts[index] as Part;
    const number = { number: index + 1 };
    const choose = (chosen: boolean): void => {
      part().chosen = chosen;
      showChoice();
    };
    const rename = (event: Event): void => {
      part().name = (event.target as HTMLInputElement).value;
    };
    return h(
      "li",
      h("label.tick", checkbox({}, part().chosen, choose), t("cutPart", number)),
      h("input", {
        type: "text",
        value: part().name,
        "aria-label": t("cutName", number),
        maxlength: LONGEST_NAME,
        autocomplete: "off",
        oninput: rename,
      }),
      h(
        "span.times",
        seconds(index, "start", t("cutFrom", number)),
        h("span", { "aria-hidden": "true" }, "–"),
        seconds(index, "end", t("cutTo", number)),
        h("span", { "aria-hidden": "true" }, "s"),
      ),
    );
  }

  function seconds(index: number, side: Edge["side"], label: string): HTMLElement {
    const set = (event: Event): void => {
      const value = (event.target as HTMLInputElement).valueAsNumber;
      const part = parts[index];
      if (part && Number.isFinite(value)) part[side] = value;
      showChoice();
    };
    return h("input", {
      type: "number",
      id: `part-${index}-${side}`,
      "aria-label": label,
      min: 0,
      max: duration.toFixed(2),
      step: 0.1,
      value: parts[index]?.[side] ?? 0,
      oninput: set,
    });
  }

  /** The strip and the button, by what is chosen now. */
  function showChoice(): void {
    const boxes = parts.map(({ chosen, start, end }, index) => {
      const [from, to] = [Math.min(start, duration), Math.min(end, duration)];
      return placed(
        h("span", { class: chosen ? "chosen" : "" }, index + 1),
        from,
        Math.max(0, to - from),
        duration || 1,
      );
    });
    replace(strip, ...boxes);
    const count = parts.filter((part) => part.chosen).length;
    make.textContent = t("cutMake", { count });
    make.disabled = count === 0;
  }

  /** The edge that is nearest goes along with the pointer. The fields beside do the same without one. */
  function dragEdge(event: PointerEvent): void {
    const place = strip.getBoundingClientRect();
    const at = (x: number): number => (duration * (x - place.left)) / place.width;
    const edge = nearestEdge(parts, at(event.clientX));
    if (!edge) return;
    event.preventDefault();
    const move = (next: PointerEvent): void => {
      const part = moved(parts[edge.part] as Part, edge.side, at(next.clientX), duration);
      parts[edge.part] = part;
      const field = document.getElementById(`part-${edge.part}-${edge.side}`) as HTMLInputElement | null;
      if (field) field.value = String(part[edge.side]);
      showChoice();
    };
    drag(strip, event, move);
    move(event);
  }

  async function cut(event: Event): Promise<void> {
    event.preventDefault();
    const wanted = parts.filter((part) => part.chosen);
    make.disabled = true;
    note.textContent = "";
    status.textContent = t("cutMaking");
    const spans = wanted.map((part) => ({ startS: part.start, endS: part.end, name: part.name }));
    const well = await context.act(() => context.library.cut(row.entry, spans));
    status.textContent = t("cutHint", { name: row.name });
    showChoice();
    if (!well) {
      note.textContent = context.store.state.note;
      return;
    }
    dialog.close();
    done();
    announce(t("cutDone", { count: wanted.length }));
  }
}
