/** Lanes of feet and hands, in which contacts are drawn. */

import { button, drag, h, placed } from "../../common/dom";
import { clamp } from "../../common/format";
import { t } from "../../common/i18n";
import {
  type ContactCorrection,
  capturedOf,
  contactAt,
  contactsOf,
  type Grip,
  isContact,
  type Lane,
  moved,
  room,
  roomOf,
  startedAt,
} from "./contact";
import { Band } from "./contact_band";
import { contactPanel } from "./contact_panel";
import type { Frames } from "./correction";
import type { ShownTake } from "./seen_figure";

export interface ContactEvents {
  lookAt(frame: number): void;
  /** A contact was drawn; return its id. */
  made(lane: Lane, frames: Frames): string;
  changed(one: ContactCorrection): void;
  removed(one: ContactCorrection): void;
}

interface Row {
  lane: Lane;
  element: HTMLElement;
  add: HTMLButtonElement;
  track: HTMLElement;
  /** Captured and drawn contacts. */
  under: HTMLElement;
  bands: Map<string, Band>;
}

const LANES: Lane[] = [
  { kind: "foot", side: "left" },
  { kind: "foot", side: "right" },
  { kind: "hand", side: "left" },
  { kind: "hand", side: "right" },
];
/** Pixels before a drag begins. */
const TOUCH = 4;

export class ContactLanes {
  readonly element: HTMLElement;
  readonly #rows: Row[] = LANES.map((lane) => this.#row(lane));
  readonly #panel = contactPanel(
    (one) => this.#change(one),
    () => this.#remove(),
  );
  #take: ShownTake | null = null;
  #chosen = "";
  /** The contact that is dragged. */
  #dragged: ContactCorrection | null = null;
  #drawn: { row: Row; frames: Frames } | null = null;

  constructor(private readonly events: ContactEvents) {
    this.element = h(
      "div.lanes",
      { role: "group", "aria-label": t("contacts") },
      ...this.#rows.map(({ element }) => element),
      this.#panel.element,
    );
  }

  show(take: ShownTake): void {
    this.#take = take;
    this.#draw();
  }

  focus(one: ContactCorrection): void {
    this.#rowOf(one)?.bands.get(one.id)?.focus();
  }

  get #shown() {
    const { figure, frame, corrections } = this.#take as ShownTake;
    return { frames: figure.frames, frame, corrections, captured: capturedOf(figure) };
  }

  #row(lane: Lane): Row {
    const name = t(`${lane.kind}_${lane.side}`);
    const add = button(
      { class: "quiet add", "aria-label": t("contactAdd", { what: name }), onclick: () => this.#add(row) },
      h("span", { "aria-hidden": "true" }, "+"),
      name,
    );
    const under = h("div.under", { "aria-hidden": "true" });
    const track = h("div.lane", { onpointerdown: (event: PointerEvent) => this.#onTrack(event, row) }, under);
    const row: Row = { lane, add, under, track, bands: new Map(), element: h("div.lane-row", add, track) };
    return row;
  }

  #rowOf(one: ContactCorrection): Row | undefined {
    return this.#rows.find(({ lane }) => lane.kind === one.kind && lane.side === one.side);
  }

  #chosenOne(): ContactCorrection | null {
    if (this.#dragged) return this.#dragged;
    return this.#shown.corrections.filter(isContact).find(({ id }) => id === this.#chosen) ?? null;
  }

  #room(one: ContactCorrection): Frames {
    return roomOf(this.#shown.corrections, one, this.#shown.frames);
  }

  #draw(): void {
    for (const row of this.#rows) this.#drawRow(row);
    const one = this.#chosenOne();
    this.#panel.show(one, this.#shown.frame, one ? this.#room(one) : [0, 0]);
  }

  #drawRow(row: Row): void {
    const { frames, frame, corrections, captured } = this.#shown;
    row.element.hidden = row.lane.kind === "foot" && !captured.foot;
    const listed = contactsOf(corrections, row.lane);
    const known = new Set(listed.map(({ id }) => id));
    for (const [id, band] of row.bands) {
      if (known.has(id)) continue;
      band.element.remove();
      row.bands.delete(id);
    }
    for (const correction of listed) {
      const one = this.#dragged?.id === correction.id ? this.#dragged : correction;
      const band = row.bands.get(one.id) ?? this.#band(row, one.id);
      band.show(one, frames, this.#room(correction), one.id === this.#chosen);
    }
    const stands = captured[row.lane.kind]?.[row.lane.side] ?? [];
    const part = (name: string, [first, last]: Frames): HTMLElement =>
      placed(h("span", { class: `stretch ${name}` }), first, last - first + 1, frames);
    const drawn = this.#drawn?.row === row ? [part("drawn", this.#drawn.frames)] : [];
    row.under.replaceChildren(
      ...stands.map((span) => part("captured", span)),
      ...drawn,
      part("now", [frame + 0.5, frame]),
    );
  }

  #band(row: Row, id: string): Band {
    const one = (): ContactCorrection | undefined =>
      contactsOf(this.#shown.corrections, row.lane).find((each) => each.id === id);
    const band = new Band({
      chosen: () => this.#choose(id),
      pressed: (event, grip, held) => {
        const correction = one();
        if (correction) this.#onBand(event, grip, held, correction);
      },
      moved: (grip, by) => {
        const correction = one();
        if (correction) this.#change(moved(correction, grip, by, this.#room(correction)), grip);
      },
      removed: () => this.#remove(),
    });
    row.bands.set(id, band);
    row.track.append(band.element);
    return band;
  }

  /** Scroll the controls into view, but not during a drag. */
  #reveal(): void {
    this.#panel.element.scrollIntoView({ block: "nearest" });
  }

  #choose(id: string): void {
    if (this.#chosen === id) return;
    this.#chosen = id;
    this.#draw();
  }

  /** `grip`: the moved part, whose frame is shown. */
  #change(one: ContactCorrection, grip?: Grip): void {
    this.events.changed(one);
    if (grip) this.events.lookAt(grip === "last" ? one.last : one.first);
  }

  #remove(): void {
    const one = this.#chosenOne();
    if (!one) return;
    this.#chosen = "";
    this.events.removed(one);
    this.#rowOf(one)?.add.focus();
  }

  /** Add a contact at the shown frame, or select the one there. */
  #add(row: Row): void {
    if (!this.#take) return;
    const { corrections, frame, frames } = this.#shown;
    const free = room(corrections, row.lane, frame, frames);
    const id = free ? this.events.made(row.lane, startedAt(frame, free)) : contactAt(corrections, row.lane, frame)?.id;
    if (id) row.bands.get(id)?.focus();
    this.#reveal();
  }

  #frameAt(row: Row, x: number): number {
    const box = row.track.getBoundingClientRect();
    const { frames } = this.#shown;
    return clamp(Math.floor((frames * (x - box.left)) / box.width), 0, frames - 1);
  }

  /** Draw a contact over free frames. */
  #onTrack(event: PointerEvent, row: Row): void {
    if (!this.#take || event.button !== 0 || (event.target as HTMLElement).closest(".band")) return;
    const from = this.#frameAt(row, event.clientX);
    const free = room(this.#shown.corrections, row.lane, from, this.#shown.frames);
    if (!free) return;
    const move = (frame: number): void => {
      const to = clamp(frame, ...free);
      this.#drawn = { row, frames: [Math.min(from, to), Math.max(from, to)] };
      this.events.lookAt(to);
    };
    this.#follow(event, row.track, row, move, (well) => {
      const drawn = this.#drawn;
      this.#drawn = null;
      if (well && drawn) row.bands.get(this.events.made(row.lane, drawn.frames))?.focus();
      else if (well) this.events.lookAt(from);
      else this.#draw();
    });
  }

  #onBand(event: PointerEvent, grip: Grip, held: HTMLElement, one: ContactCorrection): void {
    const row = this.#rowOf(one);
    if (event.button !== 0 || !row) return;
    event.preventDefault();
    held.focus();
    const from = this.#frameAt(row, event.clientX);
    const free = this.#room(one);
    const move = (frame: number): void => {
      this.#dragged = moved(one, grip, frame - from, free);
      this.events.lookAt(grip === "last" ? this.#dragged.last : this.#dragged.first);
    };
    this.#follow(event, held, row, move, (well) => {
      const dragged = this.#dragged;
      this.#dragged = null;
      if (well && dragged) this.#change(dragged);
      else this.#draw();
    });
  }

  /** Report the frame under the pointer, and at the end whether it was released or lost. */
  #follow(
    event: PointerEvent,
    held: HTMLElement,
    row: Row,
    move: (frame: number) => void,
    end: (released: boolean) => void,
  ): void {
    let far = false;
    const onMove = (next: PointerEvent): void => {
      far ||= Math.abs(next.clientX - event.clientX) >= TOUCH;
      if (far) move(this.#frameAt(row, next.clientX));
    };
    drag(held, event, onMove, (released) => {
      end(released);
      this.#reveal();
    });
  }
}
