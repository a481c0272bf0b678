/** One function per screen: state in, elements out. What a button does is told by `Actions`. */
import { h, safeUrl } from "../shared/dom";
import { downloads, shownFile } from "../shared/downloads";
import { bytes, clock, secondsText } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import { player, type Player } from "../shared/player";
import figure from "../figure.svg";
import { isWhole, moveCorner, type Rect } from "./crop";
import { nameFits, type State } from "./state";
import { follow } from "../shared/instep";
import { evenStep, moveEdge } from "./trim";

export interface Actions {
  openCamera(): void;
  switchCamera(): void;
  startRecording(): void;
  stopRecording(): void;
  pick(file: File): void;
  backToChoice(): void;
  change(change: Partial<State>): void;
  send(): void;
  cancel(): void;
  keep(): void;
  retake(): void;
  tryAgain(): void;
}

/** A screen's elements, what to focus, and how to leave it. */
export interface View {
  elements: HTMLElement[];
  update?(state: State): void;
  leave?(): void;
}

export function gate(state: State, actions: Actions): View {
  const { title, hint } = state.gate ?? { title: "failedTitle" as Key, hint: "offlineHint" as Key };
  const again = title === "offlineTitle" ? h("button", { type: "button", onclick: () => actions.tryAgain() }, t("tryAgain")) : null;
  return { elements: [h("section", { class: "card center" }, h("div", { class: "sign", "aria-hidden": "true" }, title === "offlineTitle" ? "⌁" : "⌛"), h("h1", null, t(title)), h("p", null, t(hint)), again)] };
}

export function choose(state: State, actions: Actions): View {
  const input = h("input", { type: "file", accept: "video/*,.mkv,.mov,.avi,.webm", id: "file", class: "unseen" });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) actions.pick(file);
  });
  const life = h("p", { class: "life" });
  const update = (now: State): void => {
    life.textContent = t("linkLives", { time: clock((now.linkEnds - performance.now()) / 1000) });
  };
  update(state);
  const timer = setInterval(() => update(state), 1000);
  return {
    elements: [
      h(
        "section",
        { class: "card" },
        h("h1", null, t("chooseTitle")),
        h("p", null, t("chooseHint")),
        note(state),
        h("div", { class: "figure" }, h("img", { src: figure, alt: "", width: 90, height: 140 })),
        h("div", { class: "actions" }, h("button", { type: "button", class: "main", onclick: () => actions.openCamera() }, t("record")), h("label", { for: "file", class: "button", tabindex: "-1" }, t("chooseFile")), input),
        state.link?.retake ? h("p", { class: "hint" }, t("retakeHint")) : null,
        life,
      ),
    ],
    leave: () => clearInterval(timer),
  };
}

export function camera(state: State, actions: Actions, stream: MediaStream): View {
  const live = h("video", { class: "live", muted: true, playsInline: true, autoplay: true, "aria-label": t("cameraTitle") });
  live.srcObject = stream;
  const label = h("p", { class: "life", role: "timer" });
  const button = h("button", { type: "button", class: "main record", onclick: () => actions.startRecording() }, t("start"));
  const flip = h("button", { type: "button", class: "quiet", onclick: () => actions.switchCamera() }, t("otherCamera"));
  const back = h("button", { type: "button", class: "quiet", onclick: () => actions.backToChoice() }, t("back"));
  return {
    elements: [h("section", { class: "card" }, h("h1", null, t("cameraTitle")), note(state), h("div", { class: "screen" }, live), label, h("div", { class: "actions" }, button, flip, back))],
    update(now) {
      const text = now.note;
      if (!text) return;
      label.textContent = text;
      const recording = now.busy;
      flip.hidden = back.hidden = true;
      button.disabled = !recording;
      if (recording && button.dataset["stop"] !== "1") {
        button.dataset["stop"] = "1";
        button.textContent = t("stop");
        const stop = button.cloneNode(true) as HTMLButtonElement;
        stop.disabled = false;
        stop.addEventListener("click", () => actions.stopRecording());
        button.replaceWith(stop);
        stop.focus();
      }
    },
    leave: () => {
      live.srcObject = null;
    },
  };
}

export function edit(state: State, actions: Actions): View {
  const clip = state.clip;
  if (!clip) return { elements: [] };
  const limits = state.link?.limits ?? { minSeconds: 1, maxSeconds: 10, maxBytes: 0 };
  let now = state;
  const change = (next: Partial<State>): void => actions.change(next);
  const video = h("video", { src: clip.url, muted: true, playsInline: true, class: "live", "aria-label": t("clip") });
  const edge = (which: "start" | "end", label: string): HTMLInputElement => {
    const input = h("input", { type: "range", min: 0, max: clip.duration, step: evenStep(clip.duration), "aria-label": label, class: `edge ${which}` });
    input.addEventListener("input", () => {
      const span = moveEdge(now.span, which, Number(input.value), clip.duration, limits);
      video.pause();
      video.currentTime = which === "start" ? span.start : span.end;
      change({ span });
    });
    return input;
  };
  const start = edge("start", t("trimStart"));
  const end = edge("end", t("trimEnd"));
  const fillBar = h("span", { class: "fill" });
  const length = h("output", { class: "length" });
  const cropper = cropBox(state.crop, (crop) => change({ crop }));
  const cropSwitch = h("input", { type: "checkbox", id: "crop", checked: !isWhole(state.crop) });
  cropper.element.hidden = isWhole(state.crop);
  cropSwitch.addEventListener("change", () => {
    cropper.element.hidden = !cropSwitch.checked;
    const crop = cropSwitch.checked ? { left: 0.15, top: 0.05, right: 0.85, bottom: 0.95 } : { left: 0, top: 0, right: 1, bottom: 1 };
    change({ crop });
  });
  const name = h("input", { type: "text", id: "name", maxlength: 25, autocomplete: "off", value: state.name, placeholder: state.link?.name ?? "", "aria-describedby": "name-hint" });
  name.addEventListener("input", () => {
    name.setAttribute("aria-invalid", String(!nameFits(name.value)));
    change({ name: name.value });
  });
  const tick = (id: "mature" | "consent"): HTMLInputElement => {
    const box = h("input", { type: "checkbox", id, checked: state[id] });
    box.addEventListener("change", () => change({ [id]: box.checked }));
    return box;
  };
  const warning = h("p", { class: "note", role: "alert" });
  const form = h(
    "form",
    { novalidate: true },
    h("label", { for: "name" }, t("name")),
    name,
    h("p", { class: "hint", id: "name-hint" }, t("nameHint")),
    h("p", { class: "tick" }, tick("mature"), h("label", { for: "mature" }, t("mature"))),
    h("p", { class: "tick" }, tick("consent"), h("label", { for: "consent" }, t("consent"))),
    warning,
    h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, t("send")), h("button", { type: "button", class: "quiet", onclick: () => actions.backToChoice() }, t("otherClip"))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    warning.textContent = !nameFits(now.name) ? t("nameHint") : now.consent ? "" : t("consentMissing");
    if (!nameFits(now.name)) name.focus();
    else if (now.consent) actions.send();
  });
  const stopAtEnd = (): void => {
    if (!video.paused && video.currentTime >= now.span.end) video.currentTime = now.span.start;
  };
  video.addEventListener("timeupdate", stopAtEnd);
  const playPart = h("button", { type: "button", class: "quiet" }, t("playPart"));
  playPart.addEventListener("click", () => {
    if (!video.paused) return video.pause();
    video.currentTime = now.span.start;
    void video.play().catch(() => (warning.textContent = t("notAVideo")));
  });
  const update = (next: State): void => {
    now = next;
    const { span } = next;
    start.value = String(span.start);
    end.value = String(span.end);
    start.setAttribute("aria-valuetext", secondsText(span.start));
    end.setAttribute("aria-valuetext", secondsText(span.end));
    fillBar.style.setProperty("--from", String(span.start / clip.duration));
    fillBar.style.setProperty("--to", String(span.end / clip.duration));
    length.textContent = t("trimLength", { length: secondsText(span.end - span.start), total: secondsText(clip.duration) });
  };
  update(state);
  return {
    elements: [
      h(
        "section",
        { class: "card" },
        h("h1", null, t("editTitle")),
        note(state),
        h("div", { class: "screen" }, video, cropper.element),
        h("div", { class: "trim", role: "group", "aria-label": t("editTitle") }, h("span", { class: "track" }), fillBar, start, end),
        h("div", { class: "row" }, playPart, length, h("span", { class: "tick" }, cropSwitch, h("label", { for: "crop" }, t("crop")))),
        form,
      ),
    ],
    update,
    leave: () => video.pause(),
  };
}

const KEYS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEY_STEP = 0.02;

/** Two corners that can be dragged or moved by arrow keys. */
function cropBox(initial: Rect, changed: (rect: Rect) => void): { element: HTMLElement } {
  let rect = initial;
  const window_ = h("div", { class: "crop-window" });
  const element = h("div", { class: "crop" }, window_);
  const show = (): void => {
    for (const side of ["left", "top", "right", "bottom"] as const) element.style.setProperty(`--${side}`, String(rect[side]));
  };
  const move = (corner: "topLeft" | "bottomRight", x: number, y: number): void => {
    rect = moveCorner(rect, corner, x, y);
    show();
    changed(rect);
  };
  for (const [corner, label] of [
    ["topLeft", t("cropTopLeft")],
    ["bottomRight", t("cropBottomRight")],
  ] as const) {
    const handle = h("button", { type: "button", class: `corner ${corner}`, "aria-label": label });
    const place = (): [number, number] => (corner === "topLeft" ? [rect.left, rect.top] : [rect.right, rect.bottom]);
    handle.addEventListener("keydown", (event) => {
      const step = KEYS[event.key];
      if (!step) return;
      event.preventDefault();
      const [x, y] = place();
      move(corner, x + step[0] * KEY_STEP, y + step[1] * KEY_STEP);
    });
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      const drag = (to: PointerEvent): void => {
        const box = element.getBoundingClientRect();
        move(corner, (to.clientX - box.left) / box.width, (to.clientY - box.top) / box.height);
      };
      handle.addEventListener("pointermove", drag);
      handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", drag), { once: true });
    });
    window_.append(handle);
  }
  if (isWhole(rect)) rect = { left: 0.15, top: 0.05, right: 0.85, bottom: 0.95 };
  show();
  return { element };
}

export function uploading(state: State, actions: Actions): View {
  const total = state.clip?.blob.size ?? 0;
  const bar = h("progress", { max: 1, "aria-label": t("uploadingTitle") });
  const text = h("p", { class: "life" });
  const wait = h("p", { class: "note", role: "status" });
  const update = (now: State): void => {
    bar.setAttribute("value", String(total ? now.sent / total : 0));
    text.textContent = t("uploaded", { sent: bytes(now.sent), total: bytes(total) });
    wait.textContent = now.waiting ? t("waiting") : "";
  };
  update(state);
  return { elements: [h("section", { class: "card" }, h("h1", null, t("uploadingTitle")), bar, text, wait, h("div", { class: "actions" }, h("button", { type: "button", class: "quiet", onclick: () => actions.cancel() }, t("cancel"))))], update };
}

/** What the service sends where the virtual world sets no limit. */
const UNLIMITED = 99;

export function stageText(stage: string): string {
  const known: Record<string, Key> = { waiting: "stage_waiting", decode: "stage_decode", track: "stage_track", fit: "stage_fit", write: "stage_write" };
  return t(known[stage] ?? "stage_other");
}

export function processing(state: State): View {
  const bar = h("progress", { max: 100, "aria-label": t("processingTitle") });
  const stage = h("p", { class: "stage-name" });
  const rest = h("p", { class: "life" });
  const wait = h("p", { class: "note", role: "status" });
  const update = (now: State): void => {
    const take = now.take;
    bar.setAttribute("value", String(take?.progression ?? 0));
    stage.textContent = `${stageText(take?.stage ?? "waiting")} · ${take?.progression ?? 0} %`;
    rest.textContent = take?.remainingS ? t("remaining", { time: clock(take.remainingS) }) : "";
    wait.textContent = now.waiting ? t("offlineHint") : "";
  };
  update(state);
  return { elements: [h("section", { class: "card" }, h("h1", null, t("processingTitle")), bar, stage, rest, wait, h("p", { class: "hint" }, t("processingHint")))], update };
}

export function result(state: State, actions: Actions): View {
  const take = state.take;
  if (!take) return { elements: [] };
  const glb = shownFile(take.files);
  const shown: Player | null = glb ? player(safeUrl(glb.url), take.name) : null;
  const source = state.clip?.url ?? take.clipUrl;
  const clip = source ? h("video", { src: state.clip ? source : safeUrl(source), muted: true, playsInline: true, loop: true, autoplay: true, controls: true, "aria-label": t("clip") }) : null;
  if (clip && shown)
    shown.onTick = (now) => {
      clip.controls = clip.loop = false; // without the 3D view it plays by itself
      follow(clip, now, take.clipStart);
    };
  const deciding = take.validation && take.status === "done";
  const buttons = deciding
    ? h(
        "div",
        { class: "actions" },
        h("button", { type: "button", class: "main", disabled: state.busy, onclick: () => actions.keep() }, t("keep")),
        take.retriesLeft > 0 ? h("button", { type: "button", class: "button", disabled: state.busy, onclick: () => actions.retake() }, t("retake")) : null,
      )
    : null;
  return {
    elements: [
      h(
        "section",
        { class: "card wide" },
        h("h1", null, deciding ? t("decideTitle") : t("doneTitle")),
        note(state),
        h("p", { class: "emote-name" }, take.name),
        h("div", { class: "pair" }, clip ? h("figure", { class: "source" }, clip, h("figcaption", null, t("clip"))) : null, shown ? shown.element : null),
        deciding ? (take.retriesLeft < UNLIMITED ? h("p", { class: "hint" }, t("retriesLeft", { count: take.retriesLeft })) : null) : h("p", { class: "good", role: "status" }, t("kept")),
        buttons,
        downloads(take.files, take.name),
      ),
    ],
    leave: () => shown?.dispose(),
  };
}

export function refused(state: State, actions: Actions): View {
  const problem = state.problem ?? state.take?.error ?? { code: "", title: t("failedTitle"), nextStep: "" };
  const canRetake = Boolean(state.take?.validation && state.take.retriesLeft > 0);
  const again = state.take ? (canRetake ? h("button", { type: "button", class: "main", onclick: () => actions.retake() }, t("retake")) : h("p", { class: "hint" }, t("expiredHint"))) : h("button", { type: "button", class: "main", onclick: () => actions.tryAgain() }, t("tryAgain"));
  return { elements: [h("section", { class: "card center" }, h("div", { class: "sign", "aria-hidden": "true" }, "⊘"), h("h1", null, state.take ? t("refusedTitle") : t("failedTitle")), h("p", { class: "reason", role: "alert" }, problem.title), problem.nextStep ? h("p", null, problem.nextStep) : null, again)] };
}

function note(state: State): HTMLElement | null {
  return state.note ? h("p", { class: "note", role: "alert" }, state.note) : null;
}
