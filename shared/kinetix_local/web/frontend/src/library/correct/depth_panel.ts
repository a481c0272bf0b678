/** To which side of the picture a part of a limb points: one camera has to guess it, and a look at the clip tells. */
import { h } from "../../common/dom";
import { t } from "../../common/i18n";
import { type Correction, depthAt, type LimbPart } from "./correction";
import type { Sides } from "./seen_figure";

export interface ShownSides {
  /** Of the picture that is shown, as the version was solved. */
  towards: Sides;
  frame: number;
  /** Those of other pictures are not among them. */
  corrections: Correction[];
}

export interface DepthPanel {
  element: HTMLElement;
  show(shown: ShownSides): void;
  /** This part is asked about from now on. */
  choose(part: LimbPart): void;
}

/** `turned` is called with the other side than the one that is shown. */
export function depthPanel(turned: (part: LimbPart, towards: boolean) => void): DepthPanel {
  let shown: ShownSides = { towards: {}, frame: 0, corrections: [] };
  const part = h("select", { "aria-label": t("depthPart"), onchange: draw });
  const side = (towards: boolean, text: string): HTMLButtonElement =>
    h("button", { type: "button", class: "quiet", onclick: () => says(towards) }, text);
  const near = side(true, t("depthTowards"));
  const far = side(false, t("depthAway"));
  const element = h("div", { class: "depth", role: "group", "aria-label": t("depth"), hidden: true }, part, near, far);

  function chosen(): LimbPart {
    return part.value as LimbPart;
  }

  function isTowards(): boolean {
    const said = depthAt(shown.corrections, chosen(), shown.frame);
    return said ? said.towards : shown.towards[chosen()]?.[shown.frame] === true;
  }

  function says(towards: boolean): void {
    if (towards !== isTowards()) turned(chosen(), towards);
  }

  function draw(): void {
    near.setAttribute("aria-pressed", String(isTowards()));
    far.setAttribute("aria-pressed", String(!isTowards()));
  }

  function show(now: ShownSides): void {
    shown = now;
    const parts = Object.keys(now.towards) as LimbPart[];
    element.hidden = parts.length === 0;
    if (element.hidden) return;
    if (part.childElementCount !== parts.length) {
      const before = part.value;
      part.replaceChildren(...parts.map((value) => h("option", { value }, t(`part_${value}`))));
      if (parts.includes(before as LimbPart)) part.value = before;
    }
    draw();
  }

  function choose(wanted: LimbPart): void {
    if (!shown.towards[wanted]) return;
    part.value = wanted;
    draw();
  }
  return { element, show, choose };
}
