/** A frame of the clip with the figure over it; joints are dragged or moved by arrow keys. */

import { button, drag, h, replace, safeUrl } from "../../common/dom";
import { clamp } from "../../common/format";
import { t } from "../../common/i18n";
import { type Correction, depthAt, type Joint, pointAt, RATE } from "./correction";
import { BONES, JOINTS, type Place, type SeenPicture, type UnsureSpan, unsureAt, viewOf } from "./seen_figure";

export interface Shown {
  /** No joints are shown if its camera moved. */
  figure: SeenPicture;
  /** Start of the take in the clip, seconds. */
  start: number;
  frame: number;
  /** Only those of this clip. */
  corrections: Correction[];
  unsure: UnsureSpan[];
}

export interface Events {
  /** A joint was moved (fractions). */
  moved(joint: Joint, x: number, y: number): void;
  /** A joint's correction in this frame was removed. */
  takenBack(joint: Joint): void;
  chosen(joint: Joint): void;
  clipFailed(): void;
}

const SVG = "http://www.w3.org/2000/svg";
const ARROWS: Record<string, Place> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** Step of the arrow keys, as a fraction of the shown height; multiplied with Shift. */
const KEY_STEP = 0.008;
const FURTHER = 5;
/** Pixels before a drag begins. */
const TOUCH = 3;
/** Offset into a frame of the clip. */
const INTO_FRAME_S = 0.001;

/** From, to, limb, and half of the bone. */
type Line = [[number, number], [number, number], string, string];

export class Picture {
  readonly element: HTMLElement;
  readonly #sheet = h("div.sheet");
  readonly #bones = document.createElementNS(SVG, "svg");
  readonly #handles = new Map<Joint, HTMLButtonElement>();
  #video: HTMLVideoElement | null = null;
  #shown: Shown | null = null;
  #drawn: SeenPicture | null = null;
  /** The dragged joint and its place. */
  #dragged: { joint: Joint; place: Place } | null = null;

  /** `clip`: its address. `described`: id of the hint about moving joints. */
  constructor(
    clip: string | null,
    described: string,
    private readonly events: Events,
  ) {
    if (clip !== null) this.#video = this.#open(clip);
    this.#bones.setAttribute("aria-hidden", "true");
    const joints = h("div.joints", { role: "group", "aria-label": t("correctJoints") });
    joints.setAttribute("aria-describedby", described);
    this.#sheet.append(...(this.#video ? [this.#video] : []), this.#bones, joints);
    this.element = h("div.picture", this.#sheet);
  }

  show(shown: Shown): void {
    this.#shown = shown;
    if (this.#drawn !== shown.figure) this.#begin(shown);
    this.#seek();
    this.#draw();
  }

  focus(joint: Joint): void {
    this.#handles.get(joint)?.focus();
  }

  dispose(): void {
    this.#video?.removeAttribute("src");
    this.#video?.load(); // lets the connection go
    this.#video = null;
  }

  #open(url: string): HTMLVideoElement {
    const video = h("video.clip", {
      src: safeUrl(url),
      muted: true,
      playsInline: true,
      "aria-label": t("clip"),
    });
    video.preload = "auto";
    video.addEventListener("loadedmetadata", () => this.#seek());
    video.addEventListener("seeked", () => this.#seek());
    video.addEventListener("error", () => {
      if (!this.#video) return;
      this.#video = null;
      video.remove();
      this.events.clipFailed();
    });
    return video;
  }

  /** Seek one frame at a time. */
  #seek(): void {
    if (!this.#video || !this.#shown || this.#video.readyState === 0 || this.#video.seeking) return;
    const at = Math.min(this.#shown.start + this.#shown.frame / RATE + INTO_FRAME_S, this.#video.duration);
    const other = Math.abs(this.#video.currentTime - at) > INTO_FRAME_S;
    if (other) this.#video.currentTime = at;
    // Seeking may be slow; until then the figure does not match the frame.
    this.element.dataset.behind = String(other);
  }

  #begin({ figure }: Shown): void {
    this.#drawn = figure;
    const view = viewOf(figure);
    const ratio = (view.width * figure.width) / (view.height * figure.height);
    this.element.style.setProperty("--ratio", String(ratio));
    Object.assign(this.#sheet.style, {
      left: `${(-100 * view.x) / view.width}%`,
      top: `${(-100 * view.y) / view.height}%`,
      width: `${100 / view.width}%`,
      height: `${100 / view.height}%`,
    });
    this.#bones.setAttribute("viewBox", `0 0 ${figure.width} ${figure.height}`);
    const focused = [...this.#handles].find(([, handle]) => handle === document.activeElement)?.[0];
    this.#handles.clear();
    if (!figure.cameraMoved) {
      for (const joint of Object.keys(figure.joints) as Joint[]) this.#handles.set(joint, this.#handle(joint));
    }
    replace(this.#sheet.querySelector(".joints") as HTMLElement, ...this.#handles.values());
    if (focused) this.focus(focused);
  }

  #handle(joint: Joint): HTMLButtonElement {
    return button({
      class: "joint",
      role: "slider",
      "aria-label": t(`joint_${joint}`),
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "data-limb": JOINTS[joint].limb,
      title: t(`joint_${joint}`),
      onfocus: () => this.events.chosen(joint),
      onkeydown: (event: KeyboardEvent) => this.#onKey(event, joint),
      onpointerdown: (event: PointerEvent) => this.#onPointer(event),
    });
  }

  #place(joint: Joint): Place {
    const shown = this.#shown as Shown;
    if (this.#dragged?.joint === joint) return this.#dragged.place;
    const correction = pointAt(shown.corrections, joint, shown.frame);
    return correction ? [correction.x, correction.y] : ((shown.figure.joints[joint] as Place[])[shown.frame] as Place);
  }

  #draw(): void {
    const { frame, corrections, unsure } = this.#shown as Shown;
    this.#drawBones();
    const limbs = new Set(unsureAt(unsure, frame).map(({ limb }) => limb));
    for (const [joint, handle] of this.#handles) {
      const [x, y] = this.#place(joint);
      const corrected = pointAt(corrections, joint, frame) !== undefined;
      handle.style.left = `${100 * x}%`;
      handle.style.top = `${100 * y}%`;
      handle.hidden = !corrected && (x < 0 || x > 1 || y < 0 || y > 1);
      handle.dataset.corrected = String(corrected);
      handle.dataset.unsure = String(limbs.has(JOINTS[joint].limb));
      handle.setAttribute("aria-valuenow", String(Math.round(100 * x)));
      const values = { x: Math.round(100 * x), y: Math.round(100 * y) };
      handle.setAttribute("aria-valuetext", t(corrected ? "correctPlaceSaid" : "correctPlace", values));
    }
  }

  /** Each bone is a light line on a dark one; the half nearer to the camera is thicker. */
  #drawBones(): void {
    const { figure, frame, corrections } = this.#shown as Shown;
    this.#bones.replaceChildren();
    if (figure.cameraMoved) return;
    const point = ([x, y]: Place): [number, number] => [x * figure.width, y * figure.height];
    const bones = BONES.filter(([from, to]) => figure.joints[from] && figure.joints[to]);
    const lines = bones.flatMap(([from, to]): Line[] => {
      const [near, far, limb] = [point(this.#place(from)), point(this.#place(to)), JOINTS[to].limb];
      const { part } = JOINTS[to];
      const towards = part && (depthAt(corrections, part, frame)?.towards ?? figure.towards[part]?.[frame]);
      if (towards === undefined) return [[near, far, limb, ""]];
      const middle: [number, number] = [(near[0] + far[0]) / 2, (near[1] + far[1]) / 2];
      const [one, other] = towards ? ["far", "near"] : ["near", "far"];
      return [
        [near, middle, limb, one as string],
        [middle, far, limb, other as string],
      ];
    });
    const shoulders = (["leftShoulder", "rightShoulder"] as const).map((joint) => point(this.#place(joint)));
    const [left, right] = shoulders as [[number, number], [number, number]];
    const neck: [number, number] = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
    const head = point(figure.head[frame] as Place);
    lines.push([neck, head, "trunk", ""], [head, head, "head", ""]);
    const drawn = ["under", ""].flatMap((layer) =>
      lines.map(([from, to, limb, half]) => {
        const line = document.createElementNS(SVG, "line");
        const ends = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
        for (const [name, value] of Object.entries(ends)) line.setAttribute(name, value.toFixed(1));
        line.setAttribute("class", `${layer} ${half}`.trim());
        line.dataset.limb = limb;
        return line;
      }),
    );
    this.#bones.append(...drawn);
  }

  #onKey(event: KeyboardEvent, joint: Joint): void {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.events.takenBack(joint);
      return;
    }
    const arrow = ARROWS[event.key];
    if (!arrow || !this.#shown) return;
    event.preventDefault();
    const { figure } = this.#shown;
    const step = KEY_STEP * (event.shiftKey ? FURTHER : 1) * viewOf(figure).height * figure.height;
    const [x, y] = this.#place(joint);
    this.events.moved(joint, x + (arrow[0] * step) / figure.width, y + (arrow[1] * step) / figure.height);
  }

  /** Drag the nearest of overlapping joints. */
  #onPointer(event: PointerEvent): void {
    const joint = this.#nearest(event);
    const handle = joint && this.#handles.get(joint);
    if (!joint || !handle || event.button !== 0) return;
    event.preventDefault();
    handle.focus();
    const [x, y] = this.#place(joint);
    const to = (next: PointerEvent): Place => {
      const box = this.#sheet.getBoundingClientRect();
      const by = [(next.clientX - event.clientX) / box.width, (next.clientY - event.clientY) / box.height] as const;
      return [clamp(x + by[0], 0, 1), clamp(y + by[1], 0, 1)];
    };
    const move = (next: PointerEvent): void => {
      const far = Math.hypot(next.clientX - event.clientX, next.clientY - event.clientY);
      if (!this.#dragged && far < TOUCH) return;
      this.#dragged = { joint, place: to(next) };
      this.#draw();
    };
    drag(handle, event, move, () => {
      const dragged = this.#dragged;
      this.#dragged = null;
      if (dragged) this.events.moved(joint, ...dragged.place);
    });
  }

  #nearest(event: PointerEvent): Joint | null {
    let found: Joint | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const [joint, handle] of this.#handles) {
      const box = handle.getBoundingClientRect();
      const away = Math.hypot(event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2);
      if (!handle.hidden && away < least) [found, least] = [joint, away];
    }
    return found;
  }
}
