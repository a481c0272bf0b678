/** One function per screen: state in, elements out. */

import { button, h, quiet, safeUrl } from "../common/dom";
import { downloads } from "../common/downloads";
import { bytes, clock } from "../common/format";
import { type Key, knownText, problemText, t, translated } from "../common/i18n";
import { pair } from "../common/pair";
import figure from "../figure.svg";
import expired from "../signs/expired.svg";
import offline from "../signs/offline.svg";
import alone from "../tips/alone.svg";
import light from "../tips/light.svg";
import still from "../tips/still.svg";
import whole from "../tips/whole.svg";
import { connectionHelp } from "./connection";
import { cameraPanel, takesMore } from "./joining";
import type { Take } from "./page";
import { clipHasMore, isFurther, limitsOf, type State } from "./state";
import type { Upload } from "./upload";
import { note, type Part, type View } from "./view";

export function gate(state: State, upload: Upload): View {
  const { title, hint } = state.gate ?? { title: "failedTitle" as Key, hint: "offlineHint" as Key };
  const again = title === "offlineTitle" ? button({ onclick: () => upload.check() }, t("tryAgain")) : null;
  const card = h(
    "section.card.center",
    h("img.sign", { src: title === "offlineTitle" ? offline : expired, alt: "", width: 48, height: 48 }),
    h("h1", t(title)),
    h("p", t(hint)),
    again,
  );
  return { elements: again ? [card, h("section.card", connectionHelp(upload.page, true))] : [card] };
}

export function choose(state: State, upload: Upload): View {
  const limits = limitsOf(state);
  const pick = (): void => {
    const file = input.files?.[0];
    if (file) void upload.pick(file, file.name);
  };
  const accept = "video/*,.mkv,.mov,.avi,.webm";
  const input = h("input", { type: "file", accept, id: "file", class: "unseen", onchange: pick });
  const life = h("p.life");
  const update = (now: State): void => {
    const left = clock((now.linkEnds - performance.now()) / 1000);
    life.textContent = now.link?.kept ? t("linkKept") : t("linkLives", { time: left });
  };
  const panel = takesMore(state) ? cameraPanel(upload) : null;
  const timer = setInterval(() => update(state), 1000);
  return {
    elements: [
      h(
        "section.card",
        h("h1", isFurther(state) ? t("joinTitle", { number: state.number }) : t("chooseTitle")),
        h("p", t("chooseHint", { least: limits.minSeconds, most: limits.maxSeconds })),
        note(state),
        h("div.figure", h("img", { src: figure, alt: "", width: 90, height: 140 })),
        h(
          "div.actions",
          button({ class: "main", onclick: () => upload.filming.showCamera() }, t("record")),
          h("label", { for: "file", class: "button", tabindex: "-1" }, t("chooseFile")),
          input,
        ),
        state.link?.retake ? h("p.hint", t("retakeHint")) : null,
        life,
      ),
      ...(panel?.elements ?? []),
      tips(),
      h("section.card", connectionHelp(upload.page, false)),
    ],
    update: (now) => {
      update(now);
      panel?.update?.(now);
    },
    leave: () => clearInterval(timer),
  };
}

const TIPS: [string, Key, Key][] = [
  [whole, "tipWhole", "tipWholeHow"],
  [still, "tipStill", "tipStillHow"],
  [light, "tipLight", "tipLightHow"],
  [alone, "tipAlone", "tipAloneHow"],
];

/** Filming tips, each with a drawing. */
function tips(): HTMLElement {
  return h(
    "section.card.tips",
    { "aria-labelledby": "tips" },
    h("h2", { id: "tips" }, t("tipsTitle")),
    h(
      "ul",
      ...TIPS.map(([picture, what, how]) =>
        h("li", h("img", { src: picture, alt: "", width: 96, height: 66 }), h("p", h("strong", t(what)), " ", t(how))),
      ),
    ),
  );
}

export function camera(state: State, upload: Upload): View {
  let phase = state.camera;
  const live = h("video.live", {
    muted: true,
    playsInline: true,
    autoplay: true,
    "aria-label": t("cameraTitle"),
  });
  live.srcObject = upload.filming.stream;
  const label = h("p.life", { role: "timer" });
  const press = (): Promise<void> =>
    phase === "recording" ? upload.filming.stopRecording() : upload.filming.countDownAndRecord();
  const record = button({ class: "main record", onclick: press });
  const flip = quiet({ onclick: () => upload.filming.switchCamera() }, t("otherCamera"));
  const back = quiet({ onclick: () => upload.backToChoice() }, t("back"));
  const update = (now: State): void => {
    const begins = phase === "countdown" && now.camera === "recording";
    phase = now.camera;
    label.textContent = now.note;
    record.textContent = t(phase === "recording" ? "stop" : "start");
    record.disabled = phase === "countdown";
    flip.hidden = back.hidden = phase !== "ready";
    if (begins) record.focus(); // it lost the focus while it was disabled
  };
  const buttons = h("div.actions", record, flip, back);
  const leave = (): void => {
    live.srcObject = null;
  };
  return {
    elements: [h("section.card", h("h1", t("cameraTitle")), h("div.screen", live), label, buttons)],
    update,
    leave,
  };
}

export function uploading(state: State, upload: Upload): View {
  const total = state.clip?.blob.size ?? 0;
  const bar = h("progress", { max: 1, "aria-label": t("uploadingTitle") });
  const text = h("p.life");
  const wait = h("p.note", { role: "status" });
  const update = (now: State): void => {
    bar.setAttribute("value", String(total ? now.sent / total : 0));
    text.textContent = t("uploaded", { sent: bytes(now.sent), total: bytes(total) });
    wait.textContent = now.waiting ? t("waiting") : "";
  };
  const buttons = h("div.actions", quiet({ onclick: () => upload.cancel() }, t("cancel")));
  return { elements: [h("section.card", h("h1", t("uploadingTitle")), bar, text, wait, buttons)], update };
}

const UNLIMITED = 99;

export function processing(): View {
  const bar = h("progress", { max: 100, "aria-label": t("processingTitle") });
  const stage = h("p.stage-name");
  const rest = h("p.life");
  const wait = h("p.note", { role: "status" });
  const update = (now: State): void => {
    const take = now.take;
    const waits = !take || take.stage === "waiting";
    bar.hidden = waits;
    bar.setAttribute("value", String(waits ? 0 : take.progression));
    stage.textContent =
      (knownText(`stage_${take?.stage ?? "waiting"}`) ?? t("stage_other")) + (waits ? "" : ` · ${take.progression} %`);
    rest.textContent = take?.remainingS ? t("remaining", { time: clock(take.remainingS) }) : "";
    wait.textContent = now.waiting ? t("offlineHint") : "";
  };
  const hint = h("p.hint", t("processingHint"));
  return { elements: [h("section.card", h("h1", t("processingTitle")), bar, stage, rest, wait, hint)], update };
}

export function result(state: State, upload: Upload): View {
  const take = state.take;
  if (!take) return { elements: [] };
  const source = state.clip?.url ?? (take.clipUrl ? safeUrl(take.clipUrl) : null);
  const shown = pair(take.name, take.files, source, take.clipStart);
  const elsewhere = take.asks && !goesOn(state);
  const deciding = !elsewhere && (take.asks || (take.validation && take.status === "done"));
  const another = (): Part | null =>
    goesOn(state) ? nextTakeButtons(state, upload, "nextTake", clipHasMore(state)) : null;
  const buttons = deciding ? decisionButtons(state, take, upload) : another();
  const status = isFurther(state) ? "decideOnFirst" : elsewhere ? "decideInEditor" : buttons ? "toEditor" : "kept";
  const retries = take.validation && take.retriesLeft < UNLIMITED ? take.retriesLeft : null;
  const card = h(
    "section.card.wide",
    h("h1", deciding ? t("decideTitle") : t("doneTitle")),
    note(state),
    h("p.emote-name", take.name),
    shown.element,
    noticed(take),
    deciding
      ? retries !== null && h("p.hint", t("retriesLeft", { count: retries }))
      : h("p.good", { role: "status" }, t(status)),
    buttons?.element,
    downloads(take.files, take.name),
  );
  return { elements: [card], update: (now) => buttons?.update(now), leave: () => shown.dispose() };
}

export function goesOn(state: State): boolean {
  return Boolean(state.take?.next) && !isFurther(state);
}

/** Buttons for the next take; `same` offers the same clip. */
export function nextTakeButtons(state: State, upload: Upload, label: Key, same: boolean): Part {
  const other = button({ class: "main", onclick: () => upload.nextTake("other") });
  const part = button({ class: "button", onclick: () => upload.nextTake("same") }, t("samePart"));
  const update = (now: State): void => {
    other.disabled = part.disabled = now.asking;
    other.textContent = t(now.asking ? "nextTakeAsked" : label);
  };
  return { element: h("div.actions", other, same && state.clip ? part : null), update };
}

function decisionButtons(state: State, take: Take, upload: Upload): Part {
  const again = goesOn(state) ? () => upload.nextTake("other", true) : () => upload.retake();
  const keep = button({ class: "main", onclick: () => upload.keep() }, t("keep"));
  const retake = button({ class: "button", onclick: again });
  const update = (now: State): void => {
    keep.disabled = retake.disabled = now.busy || now.asking;
    retake.textContent = t(now.asking ? "nextTakeAsked" : "retake");
  };
  return { element: h("div.actions", keep, take.asks || take.retriesLeft > 0 ? retake : null), update };
}

function noticed(take: Take): HTMLElement | null {
  if (!take.hints.length) return null;
  const sentences = take.hints.map((hint, index) => h("li", translated(hint, take.wording.hints?.[index])));
  return h("section.noticed", h("h2", t("noticed")), h("ul", sentences));
}

export function refused(state: State, upload: Upload): View {
  const problem = state.problem ?? state.take?.error ?? { code: "", title: t("failedTitle"), nextStep: "" };
  const next = goesOn(state) ? nextTakeButtons(state, upload, "retake", true) : null;
  const again = next?.element ?? whatNext(state, upload);
  const card = h(
    "section.card.center",
    h("div.sign", { "aria-hidden": "true" }, "⊘"),
    h("h1", state.take ? t("refusedTitle") : t("failedTitle")),
    h("p.reason", { role: "alert" }, problemText(problem, "title")),
    problem.nextStep ? h("p", problemText(problem, "nextStep")) : null,
    note(state),
    again,
  );
  return { elements: [card], update: (now) => next?.update(now) };
}

function whatNext(state: State, upload: Upload): HTMLElement {
  const main = (label: Key, act: () => void): HTMLElement => button({ class: "main", onclick: act }, t(label));
  if (!state.take) return main("tryAgain", () => upload.check());
  if (state.take.validation && state.take.retriesLeft > 0) return main("retake", () => upload.retake());
  return h("p.hint", t("expiredHint"));
}
