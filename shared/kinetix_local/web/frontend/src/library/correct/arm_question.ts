/** Question during review: to which side an arm points where one camera cannot decide. The answer is a correction. */
import type { Direction } from "../../common/arm_stills";
import { button, h, replace } from "../../common/dom";
import { t } from "../../common/i18n";
import { type Correction, type LimbPart, RATE, timeText, withDepth } from "./correction";

/** A span of frames, as the quality report has it (docs/refine.md). */
export interface ArmChoice {
  part: LimbPart;
  first: number;
  last: number;
  /** Frames that decide the span, the most uncertain one first. */
  frames: [number, ...number[]];
  towards: boolean;
  /** In the emote's axes, in the first of `frames`. */
  directions: { towards: Direction; away: Direction };
}

/** The first span that no correction decides. */
export function openChoice(choices: ArmChoice[], corrections: Correction[]): ArmChoice | undefined {
  return choices.find(
    ({ part, first, last }) =>
      !corrections.some((one) => one.kind === "depth" && one.part === part && first <= one.frame && one.frame <= last),
  );
}

/** The corrections with one at each frame of the span. */
export function withAnswer(corrections: Correction[], choice: ArmChoice, towards: boolean): Correction[] {
  return choice.frames.reduce((list, frame) => withDepth(list, choice.part, frame, towards, !towards), corrections);
}

/** `url` is the emote's GLB. `answered` gets the corrections with the answer. */
export function armQuestion(
  url: string | null,
  answered: (corrections: Correction[], choice: ArmChoice, towards: boolean) => void,
) {
  const title = h("h3", t("armQuestion"));
  const hint = h("p.hint");
  const answers = h("div.answers");
  const element = h("section.which", { "aria-label": t("armQuestion"), hidden: true }, title, hint, answers);
  let drawn: ArmChoice | undefined;
  let known: Correction[] = [];

  /** `firstFrame`: the frame of the take with which the emote begins. */
  function show(choices: ArmChoice[], corrections: Correction[], firstFrame: number, busy: boolean): void {
    known = corrections;
    const choice = openChoice(choices, known);
    element.hidden = !choice;
    if (choice && choice !== drawn) {
      hint.textContent = t("armQuestionHint", { what: t(`part_${choice.part}`), time: timeText(choice.frames[0]) });
      const canvases = { towards: still(), away: still() };
      const sides = choice.towards ? [true, false] : [false, true];
      const answer = (towards: boolean): HTMLElement =>
        button(
          { onclick: () => answered(withAnswer(known, choice, towards), choice, towards) },
          canvases[towards ? "towards" : "away"],
          h("span", t(towards ? "armTowards" : "armAway")),
          towards === choice.towards ? h("span.hint", t("correctCaptured")) : null,
        );
      replace(answers, ...sides.map(answer));
      if (url) void draw(url, choice, (choice.frames[0] - firstFrame) / RATE, canvases);
    }
    drawn = choice;
    for (const button of answers.querySelectorAll("button")) button.disabled = busy;
  }
  return { element, show };
}

function still(): HTMLCanvasElement {
  return h("canvas", { width: 260, height: 260, "aria-hidden": "true" });
}

async function draw(
  url: string,
  { part, directions }: ArmChoice,
  seconds: number,
  canvases: { towards: HTMLCanvasElement; away: HTMLCanvasElement },
): Promise<void> {
  const side = part.startsWith("left") ? "Left" : "Right";
  const upper = part.endsWith("UpperArm");
  const [bone, child] = upper ? [`${side}Arm`, `${side}ForeArm`] : [`${side}ForeArm`, `${side}Hand`];
  try {
    const { drawArmStills } = await import("../../common/arm_stills");
    await drawArmStills(url, seconds, { bone, child, ...directions }, canvases);
    canvases.towards.dataset.drawn = canvases.away.dataset.drawn = "true";
  } catch (error) {
    // Without WebGL the words of the buttons are enough.
    canvases.towards.hidden = canvases.away.hidden = true;
    console.warn("arm stills", error);
  }
}
