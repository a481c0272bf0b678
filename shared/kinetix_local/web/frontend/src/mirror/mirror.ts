/** The live mirror: a figure over the camera's picture, a word about what is wrong, a start and stop by itself. */
import { h } from "../common/dom";
import { clock } from "../common/format";
import { type Key, t } from "../common/i18n";
import { Recording } from "../upload/camera";
import type { View } from "../upload/view";
import { type Direction, Director } from "./director";
import type { Eyes } from "./eyes";
import { drawFigure } from "./figure";
import type { Fault } from "./judgement";
import { REST_S } from "./movement";
import { LEAST_RATE, Pace } from "./pace";

const WORDS: Record<Fault, Key> = {
  tooDark: "mirror_tooDark",
  nobody: "mirror_nobody",
  severalPeople: "mirror_severalPeople",
  tooNear: "mirror_tooNear",
  tooFar: "mirror_tooFar",
  headOut: "mirror_headOut",
  feetOut: "mirror_feetOut",
  aside: "mirror_aside",
  cameraMoves: "mirror_cameraMoves",
};
/** Of the rest at the end so much stays in the emote, seconds. */
const LAST_REST_S = 0.4;

/** What a mirror is made of, and what comes of it. */
export interface Mirrored {
  stream: MediaStream;
  eyes: Eyes;
  /** The picture is shown as a mirror shows it: not that of a camera at the back. */
  flipped: boolean;
  /** The longest clip, seconds. */
  longest: number;
  /** The clip, and at which second of it the person had come to rest; null when the move did not end so. */
  onFilmed(blob: Blob, name: string, restsAt: number | null): void;
  onFailed(): void;
  onPlain(): void;
  onOtherCamera(): void;
  onBack(): void;
}

type Tone = "wait" | "fault" | "well" | "filming";

export function mirror(given: Mirrored): View {
  const video = h("video", {
    class: "live",
    muted: true,
    playsInline: true,
    autoplay: true,
    "aria-label": t("mirrorTitle"),
  });
  video.srcObject = given.stream;
  const figure = h("canvas", { class: "figure-over", "aria-hidden": "true" });
  const words = h("p", { class: "words", role: "status" }, t("mirrorOpens"));
  const screen = h("div", { class: given.flipped ? "screen flipped" : "screen" }, video, figure);
  const shown = h("div", { class: "mirror", "data-tone": "wait" }, words, screen);
  const time = h("p", { class: "life", role: "timer" });
  const stop = h("button", { type: "button", class: "main record" }, t("stop"));
  const button = (label: Key, act: () => void, kind = "quiet"): HTMLButtonElement =>
    h("button", { type: "button", class: kind, onclick: act }, t(label));
  const flip = button("otherCamera", given.onOtherCamera);
  const back = button("back", given.onBack);
  const plain = button("recordWithout", given.onPlain, "main");
  const insist = button("mirrorAnyway", () => begin());
  stop.hidden = plain.hidden = insist.hidden = true;

  const pace = new Pace();
  let director: Director | null = null;
  let recording: Recording | null = null;
  let over = false;
  let insisted = false;

  const say = (text: string, tone: Tone): void => {
    shown.dataset.tone = tone;
    if (words.textContent !== text) words.textContent = text;
  };

  const finish = async (restsAt: number | null): Promise<void> => {
    over = true;
    const running = recording;
    recording = null;
    if (!running) return;
    const { blob, name } = await running.stop();
    given.onFilmed(blob, name, restsAt);
  };
  stop.addEventListener("click", () => void finish(null));

  const show = ({ phase, fault, left, seconds }: Direction): void => {
    time.textContent = phase === "recording" ? t("recording", { time: clock(seconds) }) : "";
    flip.hidden = back.hidden = phase === "recording";
    if (phase === "recording" && !recording) {
      recording = new Recording(given.stream);
      stop.hidden = false;
      stop.focus();
    }
    if (phase === "over") return void finish(seconds < given.longest ? seconds - REST_S + LAST_REST_S : null);
    if (phase === "recording") say(t("mirrorFilms"), "filming");
    else if (phase === "countdown") say(t("startIn", { count: left }), "well");
    else if (fault) say(t(WORDS[fault]), "fault");
    else say(t("mirrorWell"), "well");
  };

  const stepAside = (): void => {
    over = true;
    drawFigure(figure, null, "");
    say(t("mirrorSlow", { rate: Math.floor(pace.rate ?? 0), least: LEAST_RATE }), "wait");
    plain.hidden = insist.hidden = false;
    plain.focus();
  };

  const look = async (): Promise<void> => {
    const begun = performance.now();
    const seen = await given.eyes.look(video, begun / 1000);
    if (over || !seen) return;
    pace.took((performance.now() - begun) / 1000);
    if (pace.isTooSlow && !insisted && !recording) return stepAside();
    if (figure.width !== video.videoWidth || figure.height !== video.videoHeight || !director) {
      [figure.width, figure.height] = [video.videoWidth, video.videoHeight];
      director ??= new Director(given.longest, video.videoWidth / video.videoHeight);
    }
    show(director.see(seen));
    drawFigure(figure, seen.body, getComputedStyle(words).backgroundColor);
  };

  const next = (): void => {
    if (over) return;
    const again = (): void => {
      look()
        .then(next)
        .catch(() => over || given.onFailed());
    };
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(again);
    else requestAnimationFrame(again);
  };

  function begin(): void {
    insisted = true;
    over = false;
    plain.hidden = insist.hidden = true;
    next();
  }

  next();
  return {
    elements: [
      h(
        "section",
        { class: "card" },
        h("h1", null, t("mirrorTitle")),
        shown,
        time,
        h("p", { class: "hint" }, t("mirrorHint")),
        h("div", { class: "actions" }, stop, plain, insist, flip, back),
      ),
    ],
    leave: () => {
      over = true;
      given.eyes.close();
      video.srcObject = null;
    },
  };
}
