/** The screen that trims, crops and names the clip. */
import { button, checkbox, drag, h, quiet } from "../common/dom";
import { secondsText } from "../common/format";
import { t } from "../common/i18n";
import { FULL_FRAME, INNER, isFullFrame, moveCorner, type Rect } from "./crop";
import { cameraStates } from "./joining";
import { limitsOf, nameFits, offersFace, type State } from "./state";
import { evenStep, moveEdge } from "./trim";
import type { Upload } from "./upload";
import { note, type View } from "./view";

export function edit(state: State, upload: Upload): View {
  const clip = state.clip;
  if (!clip) return { elements: [] };
  const limits = limitsOf(state);
  let now = state;
  const video = h("video", { src: clip.url, muted: true, playsInline: true, class: "live", "aria-label": t("clip") });
  const edge = (which: "start" | "end", label: string): HTMLInputElement => {
    const input = h("input", {
      type: "range",
      min: 0,
      max: clip.duration,
      step: evenStep(clip.duration),
      "aria-label": label,
      class: `edge ${which}`,
      oninput: () => {
        const span = moveEdge(now.span, which, Number(input.value), clip.duration, limits);
        video.pause();
        video.currentTime = span[which];
        upload.store.set({ span });
      },
    });
    return input;
  };
  const start = edge("start", t("trimStart"));
  const end = edge("end", t("trimEnd"));
  const fillBar = h("span.fill");
  const length = h("output.length");
  const cropper = cropBox(state.crop, (crop) => upload.store.set({ crop }));
  const cropSwitch = checkbox({ id: "crop" }, !isFullFrame(state.crop), (checked) => {
    cropper.hidden = !checked;
    upload.store.set({ crop: checked ? INNER : FULL_FRAME });
  });
  const name = h("input", {
    type: "text",
    id: "name",
    maxlength: 25,
    autocomplete: "off",
    value: state.name,
    placeholder: state.link?.name ?? "",
    "aria-describedby": "name-hint",
    oninput: () => {
      name.setAttribute("aria-invalid", String(!nameFits(name.value)));
      upload.store.set({ name: name.value });
    },
  });
  const tick = (id: "mature" | "upper" | "face" | "consent"): HTMLElement => {
    const box = checkbox({ id }, state[id], (checked) => upload.store.set({ [id]: checked }));
    return h("p.tick", box, h("label", { for: id }, t(id)));
  };
  const face = tick("face");
  const cameras = cameraStates();
  const warning = h("p.note", { role: "alert" });
  const submit = (event: Event): void => {
    event.preventDefault();
    warning.textContent = !nameFits(now.name) ? t("nameHint") : now.consent ? "" : t("consentMissing");
    if (!nameFits(now.name)) name.focus();
    else if (now.consent) void upload.send();
  };
  const form = h(
    "form",
    { novalidate: true, onsubmit: submit },
    h("label", { for: "name" }, t("name")),
    name,
    h("p.hint", { id: "name-hint" }, t("nameHint")),
    limits.upperBody ? tick("upper") : null,
    face,
    tick("mature"),
    tick("consent"),
    cameras.element,
    warning,
    h(
      "div.actions",
      h("button", { type: "submit", class: "main" }, t("send")),
      quiet({ onclick: () => upload.backToChoice() }, t("otherClip")),
    ),
  );
  video.addEventListener("timeupdate", () => {
    if (!video.paused && video.currentTime >= now.span.end) video.currentTime = now.span.start;
  });
  const playSpan = (): void => {
    if (video.paused) {
      video.currentTime = now.span.start;
      void video.play().catch(() => (warning.textContent = t("notAVideo")));
    } else {
      video.pause();
    }
  };
  const playPart = quiet({ onclick: playSpan }, t("playPart"));
  const update = (next: State): void => {
    now = next;
    cameras.update(next);
    face.hidden = !offersFace(next);
    const { span } = next;
    for (const [side, input] of Object.entries({ start, end }) as ["start" | "end", HTMLInputElement][]) {
      input.value = String(span[side]);
      input.setAttribute("aria-valuetext", secondsText(span[side]));
    }
    fillBar.style.setProperty("--from", String(span.start / clip.duration));
    fillBar.style.setProperty("--to", String(span.end / clip.duration));
    length.textContent = t("trimLength", {
      length: secondsText(span.end - span.start),
      total: secondsText(clip.duration),
    });
  };
  const card = h(
    "section.card",
    h("h1", t("editTitle")),
    note(state),
    h("div.screen", video, cropper),
    h("div.trim", { role: "group", "aria-label": t("editTitle") }, h("span.track"), fillBar, start, end),
    h("div.row", playPart, length, h("span.tick", cropSwitch, h("label", { for: "crop" }, t("crop")))),
    form,
  );
  return { elements: [card], update, leave: () => video.pause() };
}

const KEYS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const KEY_STEP = 0.02;

/** Two corners that can be dragged or moved by arrow keys. */
function cropBox(initial: Rect, changed: (rect: Rect) => void): HTMLElement {
  let rect = initial;
  const frame = h("div.crop-window");
  const element = h("div.crop", { hidden: isFullFrame(initial) }, frame);
  const show = (): void => {
    for (const side of ["left", "top", "right", "bottom"] as const)
      element.style.setProperty(`--${side}`, String(rect[side]));
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
    const handle = button({ class: `corner ${corner}`, "aria-label": label });
    const place = (): [number, number] => (corner === "topLeft" ? [rect.left, rect.top] : [rect.right, rect.bottom]);
    handle.addEventListener("keydown", (event) => {
      const step = KEYS[event.key];
      if (!step) return;
      event.preventDefault();
      const [x, y] = place();
      move(corner, x + step[0] * KEY_STEP, y + step[1] * KEY_STEP);
    });
    handle.addEventListener("pointerdown", (event) =>
      drag(handle, event, (to) => {
        const box = element.getBoundingClientRect();
        move(corner, (to.clientX - box.left) / box.width, (to.clientY - box.top) / box.height);
      }),
    );
    frame.append(handle);
  }
  if (isFullFrame(rect)) rect = INNER;
  show();
  return element;
}
