/** A take is corrected: joints are dragged over the clip's picture, and the whole clip is solved again with that. */
import { announce } from "../common/announce";
import { showDialog } from "../common/dialog";
import { h, replace, safeUrl } from "../common/dom";
import { shownFile } from "../common/downloads";
import { t } from "../common/i18n";
import { refusal } from "../common/refusal";
import { clipOf, type EmoteRow } from "./api";
import { armQuestion, openChoice } from "./arm_question";
import { ClipPictures } from "./clip_pictures";
import { capturedOf, isContact, newContact } from "./contact";
import { ContactLanes } from "./contact_lanes";
import {
  type Correction,
  firstFrame,
  type Joint,
  type LimbPart,
  saySame,
  withDepth,
  without,
  withPoint,
} from "./correction";
import type { SeenFigure } from "./seen_figure";
import type { Context } from "./state";
import { timeLine } from "./time_line";
import type { UnsureSpan } from "./unsure";
import { describe, history, isSolved, isWorking, refused, type Version, whyNot } from "./versions";

const ASK_AGAIN_MS = 700;
const HINT = "correct-hint";

/** What was said and not yet solved, by the emote that was captured first; kept while the page is open. */
const drafts = new Map<string, Correction[]>();

/**
 * Open it over the emote, at a frame or where the capture is least certain.
 * `opener` gets the focus back; `changed` is called when the player has another version.
 */
export function openCorrect(row: EmoteRow, context: Context, opener: string, changed: () => void, at?: number): void {
  const { library } = context;
  let emote = row.uuid;
  let versions: Version[] = [];
  /** The version whose figure is shown, and from whose corrections the list goes on. */
  let base: Version | null = null;
  let figure: SeenFigure | null = null;
  let draft: Correction[] = [];
  let wrong: Correction | undefined;
  let frame = 0;
  let busy = true;
  let closed = false;

  const said = h("p", { class: "hint", role: "status", tabindex: -1 }, t("correctReading"));
  const note = h("p", { class: "note", role: "alert" });
  const clip = clipOf(row);
  const pictures = new ClipPictures(clip, HINT, {
    moved: put,
    takenBack: (point) => change(without(draft, point.id), t("correctRemoved", { what: describe(point) })),
    turned,
    clipFailed: () => {
      said.textContent = t("correctNoClip");
    },
  });
  const times = timeLine(goTo);
  const lanes = new ContactLanes({
    lookAt: goTo,
    made: (lane, frames) => {
      if (busy || !figure) return "";
      const one = newContact(draft, lane, frames, capturedOf(figure));
      change([...draft, one], describe(one));
      return one.id;
    },
    changed: (one) => {
      if (!busy)
        change(
          draft.map((each) => (each.id === one.id ? one : each)),
          describe(one),
        );
      else show();
    },
    removed: (one) => {
      if (!busy) change(without(draft, one.id), t("correctRemoved", { what: describe(one) }));
    },
  });
  const glb = shownFile(row.files);
  const arms = armQuestion(glb ? safeUrl(glb.url) : null, (answered, { part }, towards) => {
    frame = openChoice(base?.armChoices ?? [], answered)?.frames[0] ?? frame;
    change(answered, t(towards ? "depthIsTowards" : "depthIsAway", { what: t(`part_${part}`) }));
  });
  const list = h("ol", { class: "said-list" });
  const refine = h(
    "button",
    { type: "button", class: "main", disabled: true, onclick: () => void solve() },
    t("refine"),
  );
  const progress = h("progress", { "aria-label": t("correctSolving"), hidden: true });
  const past = h("div");
  const title = t("correctTitle", { name: row.name });
  const dialog = h(
    "dialog",
    { class: "correct", "aria-label": title, tabindex: -1, "data-state": "reading" },
    h("h2", null, title),
    h(
      "div",
      { class: "sides" },
      h("div", null, pictures.element, times.element, lanes.element),
      h(
        "div",
        null,
        arms.element,
        h("p", { class: "hint", id: HINT }, t("correctHint")),
        h("p", { class: "hint" }, t("contactsHint")),
        said,
        h("h3", null, t("corrections")),
        list,
        note,
        progress,
        h("h3", null, t("versions")),
        past,
      ),
    ),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, t("close")),
      refine,
    ),
  );
  showDialog(dialog, opener, () => {
    closed = true;
    pictures.dispose();
  });
  void read(row.uuid, true);

  /** Everything of one version anew, the list of what is said included. */
  async function read(wanted: string, first = false): Promise<void> {
    try {
      versions = await library.versions(wanted);
      const solved = versions.filter(isSolved);
      const next = solved.find((one) => one.emote === wanted) ?? solved.at(-1);
      if (!next) throw new Error("no version was solved");
      figure = await library.figure(wanted, next.number);
      if (closed) return;
      base = next;
      emote = next.emote;
      draft = (first && drafts.get(origin())) || next.corrections;
      const asked = openChoice(next.armChoices, draft)?.frames[0];
      if (first) frame = Math.min(at ?? asked ?? next.unsure[0]?.worst ?? next.firstFrame, figure.frames - 1);
      if (said.textContent === t("correctReading")) said.textContent = clip ? "" : t("correctClipGone");
      dialog.dataset.state = "ready";
      busy = false;
    } catch (error) {
      note.textContent = refusal(error);
      said.textContent = "";
    }
    show();
    const span = first && at === undefined ? base?.unsure[0] : undefined;
    if (span) pictures.askAbout(span.limb);
  }

  function origin(): string {
    return versions[0]?.emote ?? emote;
  }

  function show(): void {
    showFrame();
    if (!base) return;
    refine.disabled = busy || saySame(draft, base.corrections);
    arms.show({ choices: base.armChoices, corrections: draft, firstFrame: base.firstFrame, busy });
    progress.hidden = dialog.dataset.state !== "solving";
    const sorted = [...draft].sort((one, other) => firstFrame(one) - firstFrame(other));
    replace(list, ...(draft.length ? sorted.map(line) : [h("li", { class: "hint" }, t("correctNothing"))]));
    replace(
      past,
      history(versions, busy, (version) => void use(version)),
    );
  }

  function showFrame(): void {
    if (!figure || !base) return;
    pictures.show({ figure, frame, corrections: draft, unsure: base.unsure });
    times.show({ frames: figure.frames, frame, unsure: base.unsure, corrections: draft });
    lanes.show({ frames: figure.frames, frame, corrections: draft, captured: capturedOf(figure) });
  }

  function line(one: Correction): HTMLElement {
    const what = describe(one);
    const look = (): void => {
      goTo(firstFrame(one));
      if (one.kind === "point") pictures.focus(one);
      else if (one.kind === "depth") pictures.look(one);
      else if (isContact(one)) lanes.focus(one);
    };
    const remove = (): void => {
      change(without(draft, one.id), t("correctRemoved", { what }));
      (list.querySelector<HTMLElement>("button") ?? dialog).focus();
    };
    return h(
      "li",
      { class: one.id === wrong?.id ? "wrong" : "" },
      h("button", { type: "button", class: "quiet look", onclick: look }, what),
      h(
        "button",
        { type: "button", class: "quiet", "aria-label": t("correctRemove", { what }), disabled: busy, onclick: remove },
        t("remove"),
      ),
    );
  }

  function goTo(wanted: number, span?: UnsureSpan): void {
    frame = wanted;
    showFrame();
    if (!span) return;
    pictures.askAbout(span.limb);
    announce(t("correctUnsure", { limb: t(`limb_${span.limb}`) }));
  }

  function put(joint: Joint, x: number, y: number, camera: number): void {
    if (!busy) change(withPoint(draft, joint, frame, [x, y], camera, figure?.camera));
    else show();
  }

  function turned(part: LimbPart, towards: boolean, solved: boolean, camera: number): void {
    if (busy) return;
    change(withDepth(draft, part, frame, towards, solved, camera, figure?.camera));
    announce(t(towards ? "depthIsTowards" : "depthIsAway", { what: t(`part_${part}`) }));
  }

  function change(wanted: Correction[], what = ""): void {
    draft = wanted;
    drafts.set(origin(), draft);
    wrong = undefined;
    note.textContent = "";
    if (what) announce(what);
    show();
  }

  /** The version once it works no more, or the last that is known of it when the view is closed. */
  async function ended(version: Version): Promise<Version> {
    let known = version;
    while (isWorking(known) && !closed) {
      await new Promise((then) => setTimeout(then, ASK_AGAIN_MS));
      const listed = await library.versions(known.emote);
      known = listed.find(({ number }) => number === version.number) ?? known;
    }
    return known;
  }

  async function solve(): Promise<void> {
    begin("solving", t("correctSolving"));
    try {
      const made = await ended(await library.refine(emote, draft));
      if (closed) return;
      if (isSolved(made)) {
        drafts.delete(origin());
        await arrived(made);
      } else {
        wrong = refused(made);
        note.textContent = whyNot(made);
        if (wrong) frame = firstFrame(wrong);
        if (wrong?.kind === "point" || wrong?.kind === "depth") pictures.look(wrong);
        versions = await library.versions(emote);
      }
    } catch (error) {
      note.textContent = refusal(error);
    }
    end();
  }

  async function use(version: Version): Promise<void> {
    begin("reading", t("correctReading"));
    if (await context.act(() => library.useVersion(emote, version.number))) {
      drafts.delete(origin());
      await arrived({ ...version, current: true });
    } else note.textContent = context.store.state.note;
    end();
  }

  /** A version that can be looked at; where it has to be accepted first, the player has the one before. */
  async function arrived(version: Version): Promise<void> {
    await read(version.emote);
    const now = versions.find(({ number }) => number === version.number);
    said.textContent = t(now?.current ? "correctHere" : "correctWaits", { number: version.number });
    if (now?.current) changed();
  }

  function begin(state: string, text: string): void {
    busy = true;
    dialog.dataset.state = state;
    note.textContent = "";
    said.textContent = text;
    wrong = undefined;
    // What was pressed cannot be pressed again for a while, and would lose the focus to nothing.
    if (document.activeElement?.matches(".correct .main, .correct ol button")) said.focus();
    show();
  }

  function end(): void {
    if (note.textContent) said.textContent = "";
    dialog.dataset.state = "ready";
    busy = false;
    show();
  }
}
