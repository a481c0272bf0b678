/** The time line of a take: shown frame, uncertain spans and corrections. */

import { h, placed, quiet, replace } from "../../common/dom";
import { clamp } from "../../common/format";
import { t } from "../../common/i18n";
import { isOfOneFrame, type Limb, timeText } from "./correction";
import { nextUnsure, type ShownTake, type UnsureSpan, unsureAt } from "./seen_figure";

/** `chosen` is called with a frame, and the uncertain span that it was chosen for. */
export function timeLine(chosen: (frame: number, span?: UnsureSpan) => void) {
  let shown: ShownTake | null = null;
  const strip = h("div.marks", { "aria-hidden": "true" });
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 0,
    step: 1,
    value: "0",
    "aria-label": t("correctFrame"),
    oninput: () => chosen(Number(slider.value)),
  });
  const by = (frames: number): void => {
    if (shown) chosen(clamp(shown.frame + frames, 0, shown.figure.frames - 1));
  };
  const button = (label: string, sign: string, go: () => void): HTMLButtonElement =>
    quiet({ "aria-label": label, title: label, onclick: go }, sign);
  const next = quiet({ onclick: toNext }, t("correctNextUnsure"));
  const status = h("p.hint");
  const element = h(
    "div.time-line",
    h("div.bar-of-time", strip, slider),
    h(
      "div.row",
      status,
      h(
        "span.steps",
        button(t("correctFrameBefore"), "‹", () => by(-1)),
        button(t("correctFrameAfter"), "›", () => by(1)),
        next,
      ),
    ),
  );

  function toNext(): void {
    const span = shown && nextUnsure(shown.unsure, shown.frame);
    if (span) chosen(span.worst, span);
  }

  function show(now: ShownTake): void {
    shown = now;
    const { frames } = now.figure;
    slider.max = String(frames - 1);
    slider.value = String(now.frame);
    const limbs = unsureAt(now.unsure, now.frame).map(({ limb }) => limb);
    const time = timeText(now.frame);
    const text = limbs.length ? t("correctUnsureAt", { time, limbs: limbNames(limbs) }) : time;
    slider.setAttribute("aria-valuetext", text);
    replace(status, text);
    status.dataset.unsure = String(limbs.length > 0);
    next.disabled = now.unsure.length === 0;
    const painted = now.unsure.map(({ first, last }) => placed(h("span.unsure"), first, last - first + 1, frames));
    // Contacts have lanes of their own.
    const marks = now.corrections.filter(isOfOneFrame).map(({ frame }) => {
      const mark = h("span.corrected");
      mark.style.left = `${(100 * (frame + 0.5)) / frames}%`;
      return mark;
    });
    replace(strip, ...painted, ...marks);
  }
  return { element, show };
}

function limbNames(limbs: Limb[]): string {
  return [...new Set(limbs)].map((limb) => t(`limb_${limb}`)).join(", ");
}
