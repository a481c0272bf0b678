/** Frames of a take's clips, shown one at a time. */
import type { FilmedClip } from "../../common/answers";
import { announce, h, quiet, replace } from "../../common/dom";
import { t } from "../../common/i18n";
import {
  correctionsIn,
  type DepthCorrection,
  type Joint,
  type Limb,
  type LimbPart,
  type PointCorrection,
  pointAt,
} from "./correction";
import { depthPanel } from "./depth_panel";
import { Picture } from "./picture";
import { JOINTS, outerPart, type SeenPicture, type ShownTake } from "./seen_figure";

export interface PicturesEvents {
  /** A joint was moved in this clip's frame (fractions). */
  moved(joint: Joint, x: number, y: number, camera: number): void;
  takenBack(point: PointCorrection): void;
  /** A part of a limb was given a direction; `solved` is the one it was solved with. */
  turned(part: LimbPart, towards: boolean, solved: boolean, camera: number): void;
  clipFailed(): void;
}

export class ClipPictures {
  readonly element: HTMLElement;
  readonly #pictures = new Map<number, Picture>();
  readonly #choice = h("div.clips", { role: "group", "aria-label": t("correctClips"), hidden: true });
  readonly #place = h("div");
  readonly #depth = depthPanel((part, towards) => {
    const solved = this.#picture().towards[part]?.[(this.#shown as ShownTake).frame] === true;
    this.events.turned(part, towards, solved, this.#camera);
  });
  readonly #moved = h("p.hint", { hidden: true }, t("correctCameraMoved"));
  #shown: ShownTake | null = null;
  /** The number of the clip that was chosen. */
  #camera = 0;

  /** `described`: id of the hint about moving joints. */
  constructor(
    private readonly clip: FilmedClip | null,
    private readonly described: string,
    private readonly events: PicturesEvents,
  ) {
    this.element = h("div", this.#choice, this.#place, this.#depth.element, this.#moved);
  }

  show(shown: ShownTake): void {
    this.#shown = shown;
    this.#draw();
  }

  look(one: PointCorrection | DepthCorrection): void {
    if (!this.#shown) return;
    this.#camera = one.camera ?? this.#shown.figure.camera;
    this.#draw();
    if (one.kind === "depth") this.#depth.choose(one.part);
  }

  focus(point: PointCorrection): void {
    this.look(point);
    this.#pictures.get(this.#camera)?.focus(point.joint);
  }

  askAbout(limb: Limb): void {
    const part = outerPart(limb);
    if (part) this.#depth.choose(part);
  }

  dispose(): void {
    for (const picture of this.#pictures.values()) picture.dispose();
  }

  #picture(): SeenPicture {
    const { figure } = this.#shown as ShownTake;
    return [figure, ...figure.further].find(({ camera }) => camera === this.#camera) ?? figure;
  }

  #draw(): void {
    const { figure, frame, corrections, unsure } = this.#shown as ShownTake;
    const all = [figure, ...figure.further];
    const chosen = this.#picture();
    this.#camera = chosen.camera;
    this.#drawChoice(all);
    const picture = this.#pictures.get(chosen.camera) ?? this.#open(chosen.camera);
    if (this.#place.firstChild !== picture.element) {
      replace(this.#place, picture.element);
      if (chosen.cameraMoved) announce(t("correctCameraMoved"));
    }
    this.#moved.hidden = !chosen.cameraMoved;
    const ofClip = correctionsIn(corrections, chosen.camera, figure.camera);
    picture.show({
      figure: chosen,
      start: chosen.startS ?? this.clip?.start ?? 0,
      frame,
      corrections: ofClip,
      unsure,
    });
    this.#depth.show({ towards: chosen.towards, frame, corrections: ofClip });
  }

  #drawChoice(all: SeenPicture[]): void {
    this.#choice.hidden = all.length < 2;
    if (this.#choice.childElementCount !== all.length)
      replace(this.#choice, ...all.map(({ camera }) => this.#button(camera)));
    all.forEach(({ camera }, index) => {
      this.#choice.children[index]?.setAttribute("aria-pressed", String(camera === this.#camera));
    });
  }

  #button(camera: number): HTMLButtonElement {
    const choose = (): void => {
      this.#camera = camera;
      this.#draw();
    };
    return quiet({ onclick: choose }, t("correctClip", { number: camera + 1 }));
  }

  #open(camera: number): Picture {
    const urls = this.clip ? [this.clip.url, ...this.clip.further] : [];
    const picture = new Picture(urls[camera] ?? null, this.described, {
      moved: (joint, x, y) => this.events.moved(joint, x, y, camera),
      takenBack: (joint) => {
        const { figure, frame, corrections } = this.#shown as ShownTake;
        const point = pointAt(correctionsIn(corrections, camera, figure.camera), joint, frame);
        if (point) this.events.takenBack(point);
      },
      chosen: (joint) => {
        const part = JOINTS[joint].part;
        if (part) this.#depth.choose(part);
      },
      clipFailed: () => this.events.clipFailed(),
    });
    this.#pictures.set(camera, picture);
    return picture;
  }
}
