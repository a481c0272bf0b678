/** Dialog that corrects a take: joints are dragged over the clip, and the take is solved again. */

import type { EmoteRow } from "../../common/answers";
import { announce, button, h, quiet, replace, safeUrl, showDialog } from "../../common/dom";
import { shownFile } from "../../common/downloads";
import { t } from "../../common/i18n";
import { clipOf } from "../api";
import type { Context } from "../state";
import { armQuestion, openChoice } from "./arm_question";
import { ClipPictures } from "./clip_pictures";
import { capturedOf, isContact, newContact } from "./contact";
import { ContactLanes } from "./contact_lanes";
import { type Correction, firstFrame, replaced, saySame, withDepth, without, withPoint } from "./correction";
import type { UnsureSpan } from "./seen_figure";
import { type State, Take } from "./state";
import { timeLine } from "./time_line";
import { describe, history, type Version } from "./versions";

const HINT = "correct-hint";

/**
 * Open the dialog at a frame, or where the capture is least certain.
 * `opener` gets the focus back; `changed` is called when the player has another version.
 */
export function openCorrect(row: EmoteRow, context: Context, opener: string, changed: () => void, at?: number): void {
  const take = new Take(context.library, row.uuid);
  const clip = clipOf(row);
  const status = h("p.hint", { role: "status", tabindex: -1 }, t("correctReading"));
  const note = h("p.note", { role: "alert" });
  const list = h("ol.correction-list");
  const progress = h("progress", { "aria-label": t("correctSolving"), hidden: true });
  const past = h("div");
  const refine = button({ class: "main", disabled: true, onclick: () => void solve() }, t("refine"));
  const pictures = new ClipPictures(clip, HINT, {
    moved: (joint, x, y, camera) => {
      const { draft, frame, figure } = take.state;
      change(withPoint(draft, joint, frame, [x, y], camera, figure?.camera));
    },
    takenBack: remove,
    turned: (part, towards, solved, camera) => {
      const { draft, frame, figure } = take.state;
      const what = t(`part_${part}`);
      change(
        withDepth(draft, part, frame, towards, solved, camera, figure?.camera),
        t(towards ? "depthIsTowards" : "depthIsAway", { what }),
      );
    },
    clipFailed: () => {
      status.textContent = t("correctNoClip");
    },
  });
  const times = timeLine(goTo);
  const lanes = new ContactLanes({
    lookAt: goTo,
    made: (lane, frames) => {
      const { draft, figure } = take.state;
      if (take.busy || !figure) return "";
      const one = newContact(draft, lane, frames, capturedOf(figure));
      change([...draft, one], describe(one));
      return one.id;
    },
    changed: (one) => change(replaced(take.state.draft, one), describe(one)),
    removed: remove,
  });
  const glb = shownFile(row.files);
  const arms = armQuestion(glb ? safeUrl(glb.url) : null, (answered, { part }, towards) => {
    const next = openChoice(take.state.base?.armChoices ?? [], answered)?.frames[0];
    change(answered, t(towards ? "depthIsTowards" : "depthIsAway", { what: t(`part_${part}`) }), next);
  });
  const title = t("correctTitle", { name: row.name });
  const dialog = h(
    "dialog.correct",
    { "aria-label": title, tabindex: -1 },
    h("h2", title),
    h(
      "div.sides",
      h("div", pictures.element, times.element, lanes.element),
      h(
        "div",
        arms.element,
        h("p.hint", { id: HINT }, t("correctHint")),
        h("p.hint", t("contactsHint")),
        status,
        h("h3", t("corrections")),
        list,
        note,
        progress,
        h("h3", t("versions")),
        past,
      ),
    ),
    h("div.actions", quiet({ onclick: () => dialog.close() }, t("close")), refine),
  );
  showDialog(dialog, opener, () => {
    take.close();
    pictures.dispose();
  });
  take.subscribe((state, before) => {
    showFrame(state);
    const keys = Object.keys(state) as (keyof State)[];
    if (keys.some((key) => key !== "frame" && state[key] !== before[key])) showRest(state);
  });
  showRest(take.state);
  void open();

  async function open(): Promise<void> {
    await take.open(at);
    if (status.textContent === t("correctReading"))
      status.textContent = clip || !take.state.base ? "" : t("correctClipGone");
    const span = at === undefined ? take.state.base?.unsure[0] : undefined;
    if (span) pictures.askAbout(span.limb);
  }

  function showFrame({ figure, base, frame, draft }: State): void {
    if (!figure || !base) return;
    const { unsure } = base;
    for (const part of [pictures, times, lanes]) part.show({ figure, frame, corrections: draft, unsure });
  }

  /** Everything that does not depend on the frame, so that the list keeps the focus. */
  function showRest({ phase, note: wrong, base, draft, versions }: State): void {
    dialog.dataset.state = phase;
    note.textContent = wrong;
    progress.hidden = phase !== "solving";
    if (!base) return;
    arms.show(base.armChoices, draft, base.firstFrame, take.busy);
    refine.disabled = take.busy || saySame(draft, base.corrections);
    const sorted = [...draft].sort((one, other) => firstFrame(one) - firstFrame(other));
    replace(list, ...(draft.length ? sorted.map(line) : [h("li.hint", t("correctNothing"))]));
    replace(past, history(versions, take.busy, use));
  }

  function line(one: Correction): HTMLElement {
    const what = describe(one);
    const look = (): void => {
      goTo(firstFrame(one));
      if (one.kind === "point") pictures.focus(one);
      else if (one.kind === "depth") pictures.look(one);
      else if (isContact(one)) lanes.focus(one);
    };
    const removeLine = (): void => {
      remove(one);
      (list.querySelector<HTMLElement>("button") ?? dialog).focus();
    };
    const label = t("correctRemove", { what });
    return h(
      "li",
      { class: one.id === take.state.wrong?.id ? "wrong" : "" },
      button({ class: "quiet look", onclick: look }, what),
      quiet({ "aria-label": label, disabled: take.busy, onclick: removeLine }, t("remove")),
    );
  }

  function goTo(frame: number, span?: UnsureSpan): void {
    if (frame === take.state.frame) showFrame(take.state);
    else take.set({ frame });
    if (!span) return;
    pictures.askAbout(span.limb);
    announce(t("correctUnsure", { limb: t(`limb_${span.limb}`) }));
  }

  function change(draft: Correction[], what = "", frame?: number): void {
    if (take.busy) {
      showFrame(take.state); // what was dragged goes back
      return;
    }
    take.change(draft, frame);
    if (what) announce(what);
  }

  function remove(one: Correction): void {
    change(without(take.state.draft, one.id), t("correctRemoved", { what: describe(one) }));
  }

  async function solve(): Promise<void> {
    begin(t("correctSolving"));
    end(await take.solve());
    const { wrong } = take.state;
    if (wrong?.kind === "point" || wrong?.kind === "depth") pictures.look(wrong);
  }

  async function use(version: Version): Promise<void> {
    begin(t("correctReading"));
    end(await take.use(version, async (action) => ((await context.act(action)) ? "" : context.store.state.note)));
  }

  function begin(text: string): void {
    status.textContent = text;
    // The pressed button is disabled next and would lose the focus.
    if (document.activeElement?.matches(".correct .main, .correct ol button")) status.focus();
  }

  /** A version that has to be accepted first is not the current one. */
  function end(arrived: Version | null): void {
    status.textContent = arrived ? t(arrived.current ? "correctHere" : "correctWaits", { number: arrived.number }) : "";
    if (arrived?.current) changed();
  }
}
