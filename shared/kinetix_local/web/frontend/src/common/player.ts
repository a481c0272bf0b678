/** The viewer with its controls: play, scrub, speed. three.js is fetched only when there is something to show. */
import type { ClipCamera } from "./clip_camera";
import { h, quiet, select } from "./dom";
import { secondsText } from "./format";
import { decimal, t } from "./i18n";
import type { Figure, Playback, Viewer } from "./viewer";

export interface Player {
  element: HTMLElement;
  /** Called whenever the emote was drawn. */
  onTick: ((now: Playback) => void) | null;
  dispose(): void;
}

/** The clip that lies under the emote while that is seen by the clip's camera; else it is small, in a corner. */
export interface Underlay {
  video: HTMLVideoElement;
  camera: ClipCamera;
}

const SPEEDS = [0.25, 0.5, 1, 2];
/** The emote over the clip as it is seen first. */
const FADE = "0.4";

/** Several figures play together. */
export function player(figures: Figure[], name: string, clip: Underlay | null = null): Player {
  const stage = h("div.stage", { "data-state": "loading" }, clip?.video);
  const play = quiet({ disabled: true }, t("pause"));
  const scrub = h("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.01,
    value: "0",
    "aria-label": t("position"),
    disabled: true,
  });
  const rates = SPEEDS.map((rate): [string, string] => [String(rate), `${decimal(rate)}×`]);
  const speed = select({ "aria-label": t("speed") }, rates, "1", (rate) => {
    if (viewer) viewer.speed = Number(rate);
  });
  const time = h("span.time", secondsText(0));
  let viewer: Viewer | null = null;
  const element = h(
    "figure.player",
    stage,
    h("figcaption", play, scrub, time, speed),
    clip ? clipControls(stage, () => viewer?.viewFromClip(clip.camera)) : null,
  );
  let gone = false;

  void (async () => {
    try {
      const { Viewer } = await import("./viewer");
      if (gone) return;
      viewer = new Viewer(stage, t("viewerLabel", { name }));
      await viewer.load(figures);
      if (clip) {
        viewer.onView = (throughClip) => {
          stage.dataset.view = throughClip ? "clip" : "free";
        };
        viewer.viewFromClip(clip.camera);
      }
      stage.dataset.state = "ready";
      play.disabled = scrub.disabled = false;
      viewer.onTick = (now) => {
        scrub.max = String(now.duration);
        if (document.activeElement !== scrub || now.playing) scrub.value = String(now.time);
        scrub.setAttribute("aria-valuetext", secondsText(now.time));
        time.textContent = secondsText(now.time);
        play.textContent = now.playing ? t("pause") : t("play");
        stage.dataset.time = now.time.toFixed(3);
        made.onTick?.(now);
      };
    } catch (error) {
      // No WebGL, or the file could not be read: the clip and the downloads are still there.
      stage.dataset.state = "failed";
      stage.querySelector("canvas")?.remove();
      stage.append(h("p", t("viewerFailed")));
      console.warn("viewer", error);
    }
  })();
  play.addEventListener("click", () => (viewer?.playback.playing ? viewer.pause() : viewer?.play()));
  scrub.addEventListener("input", () => {
    viewer?.pause();
    viewer?.seek(Number(scrub.value));
  });
  const made: Player = {
    element,
    onTick: null,
    dispose() {
      gone = true;
      viewer?.dispose();
    },
  };
  return made;
}

/** The fading from the clip alone to the emote alone, and the way back to the clip's camera. */
function clipControls(stage: HTMLElement, back: () => void): HTMLElement {
  const fade = h("input", { type: "range", min: 0, max: 1, step: 0.05, value: FADE, "aria-label": t("fade") });
  const show = (): void => {
    const share = Number(fade.value);
    stage.style.setProperty("--emote", String(Math.min(1, 2 * share)));
    stage.style.setProperty("--clip", String(Math.min(1, 2 - 2 * share)));
  };
  fade.addEventListener("input", show);
  show();
  stage.dataset.view = "clip";
  return h(
    "div.fade",
    h("span", { "aria-hidden": "true" }, t("clip")),
    fade,
    h("span", { "aria-hidden": "true" }, t("emoteShown")),
    quiet({ onclick: back }, t("clipCamera")),
  );
}
