/** The screen that trims, crops and names the clip. */
import { button, h, quiet } from "../common/dom";
import { secondsText } from "../common/format";
import { t } from "../common/i18n";
import { FULL_FRAME, INNER, isFullFrame, moveCorner, type Rect } from "./crop";
import { cameraStates } from "./joining";
import { nameFits, offersFace, type State } from "./state";
import { evenStep, moveEdge } from "./trim";
import { type Actions, note, type View } from "./view";

export function edit(state: State, actions: Actions): View {
  const clip = state.clip;
  if (!clip) return { elements: [] };
  const limits = state.link?.limits ?? { minSeconds: 1, maxSeconds: 10, maxBytes: 0, upperBody: false, face: false };
  let now = state;
  const change = (next: Partial<State>): void => actions.change(next);
  const video = h("video", { src: clip.url, muted: true, playsInline: true, class: "live", "aria-label": t("clip") });
  const edge = (which: "start" | "end", label: string): HTMLInputElement => {
    const input = h("input", {
      type: "range",
      min: 0,
      max: clip.duration,
      step: evenStep(clip.duration),
      "aria-label": label,
      class: `edge ${which}`,
    });
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
  const fillBar = h("span.fill");
  const length = h("output.length");
  const cropper = cropBox(state.crop, (crop) => change({ crop }));
  const cropSwitch = h("input", { type: "checkbox", id: "crop", checked: !isFullFrame(state.crop) });
  cropper.element.hidden = isFullFrame(state.crop);
  cropSwitch.addEventListener("change", () => {
    cropper.element.hidden = !cropSwitch.checked;
    change({ crop: cropSwitch.checked ? INNER : FULL_FRAME });
  });
  const name = h("input", {
    type: "text",
    id: "name",
    maxlength: 25,
    autocomplete: "off",
    value: state.name,
    placeholder: state.link?.name ?? "",
    "aria-describedby": "name-hint",
  });
  name.addEventListener("input", () => {
    name.setAttribute("aria-invalid", String(!nameFits(name.value)));
    change({ name: name.value });
  });
  const tick = (id: "mature" | "upper" | "face" | "consent"): HTMLInputElement => {
    const box = h("input", { type: "checkbox", id, checked: state[id] });
    box.addEventListener("change", () => change({ [id]: box.checked }));
    return box;
  };
  const face = h("p.tick", tick("face"), h("label", { for: "face" }, t("face")));
  const cameras = cameraStates(state);
  const warning = h("p.note", { role: "alert" });
  const form = h(
    "form",
    { novalidate: true },
    h("label", { for: "name" }, t("name")),
    name,
    h("p.hint", { id: "name-hint" }, t("nameHint")),
    limits.upperBody ? h("p.tick", tick("upper"), h("label", { for: "upper" }, t("upper"))) : null,
    face,
    h("p.tick", tick("mature"), h("label", { for: "mature" }, t("mature"))),
    h("p.tick", tick("consent"), h("label", { for: "consent" }, t("consent"))),
    cameras.element,
    warning,
    h(
      "div.actions",
      h("button", { type: "submit", class: "main" }, t("send")),
      quiet({ onclick: () => actions.backToChoice() }, t("otherClip")),
    ),
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
  const playPart = quiet({}, t("playPart"));
  playPart.addEventListener("click", () => {
    if (!video.paused) return video.pause();
    video.currentTime = now.span.start;
    void video.play().catch(() => (warning.textContent = t("notAVideo")));
  });
  const update = (next: State): void => {
    now = next;
    cameras.update(next);
    face.hidden = !offersFace(next);
    const { span } = next;
    start.value = String(span.start);
    end.value = String(span.end);
    start.setAttribute("aria-valuetext", secondsText(span.start));
    end.setAttribute("aria-valuetext", secondsText(span.end));
    fillBar.style.setProperty("--from", String(span.start / clip.duration));
    fillBar.style.setProperty("--to", String(span.end / clip.duration));
    length.textContent = t("trimLength", {
      length: secondsText(span.end - span.start),
      total: secondsText(clip.duration),
    });
  };
  update(state);
  return {
    elements: [
      h(
        "section.card",
        h("h1", t("editTitle")),
        note(state),
        h("div.screen", video, cropper.element),
        h("div.trim", { role: "group", "aria-label": t("editTitle") }, h("span.track"), fillBar, start, end),
        h("div.row", playPart, length, h("span.tick", cropSwitch, h("label", { for: "crop" }, t("crop")))),
        form,
      ),
    ],
    update,
    leave: () => video.pause(),
  };
}

const KEYS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const KEY_STEP = 0.02;

/** Two corners that can be dragged or moved by arrow keys. */
function cropBox(initial: Rect, changed: (rect: Rect) => void): { element: HTMLElement } {
  let rect = initial;
  const window_ = h("div.crop-window");
  const element = h("div.crop", window_);
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
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      const drag = (to: PointerEvent): void => {
        const box = element.getBoundingClientRect();
        move(corner, (to.clientX - box.left) / box.width, (to.clientY - box.top) / box.height);
      };
      handle.addEventListener("pointermove", drag);
      handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", drag), {
        once: true,
      });
    });
    window_.append(handle);
  }
  if (isFullFrame(rect)) rect = INNER;
  show();
  return { element };
}
