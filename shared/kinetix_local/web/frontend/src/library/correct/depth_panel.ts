/** Controls for the direction of a part of a limb. */
import { h, quiet } from "../../common/dom";
import { t } from "../../common/i18n";
import { type Correction, depthAt, type LimbPart } from "./correction";
import type { Sides } from "./seen_figure";

/** `turned` is called with a direction other than the shown one. */
export function depthPanel(turned: (part: LimbPart, towards: boolean) => void) {
  let shown = { towards: {} as Sides, frame: 0, corrections: [] as Correction[] };
  const part = h("select", { "aria-label": t("depthPart"), onchange: draw });
  const side = (towards: boolean, text: string): HTMLButtonElement => quiet({ onclick: () => turn(towards) }, text);
  const near = side(true, t("depthTowards"));
  const far = side(false, t("depthAway"));
  const element = h("div.depth", { role: "group", "aria-label": t("depth"), hidden: true }, part, near, far);

  function chosen(): LimbPart {
    return part.value as LimbPart;
  }

  function isTowards(): boolean {
    const correction = depthAt(shown.corrections, chosen(), shown.frame);
    return correction ? correction.towards : shown.towards[chosen()]?.[shown.frame] === true;
  }

  function turn(towards: boolean): void {
    if (towards !== isTowards()) turned(chosen(), towards);
  }

  function draw(): void {
    near.setAttribute("aria-pressed", String(isTowards()));
    far.setAttribute("aria-pressed", String(!isTowards()));
  }

  /** `towards`: the solved directions in the shown clip, which the corrections are of. */
  function show(now: typeof shown): void {
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
