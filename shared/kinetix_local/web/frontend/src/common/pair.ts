/** A clip and its emote in step: overlaid if the clip's camera is known, else side by side. */

import type { FileLink } from "./answers";
import { type ClipView, clipViewOf } from "./clip_camera";
import { h, replace, safeUrl } from "./dom";
import { shownFile } from "./downloads";
import { t } from "./i18n";
import { type Player, player } from "./player";
import type { Playback } from "./viewer";

/** `clip` is an address, `start` where in it the emote begins (seconds) unless the quality report says so. */
export function pair(name: string, files: FileLink[], clip: string | null, start: number) {
  const element = h("div.pair");
  const glb = shownFile(files);
  let shown: Player | null = null;
  let gone = false;
  const build = (view: ClipView | null): void => {
    if (gone) return;
    const video = clip === null ? null : videoOf(clip);
    shown = glb
      ? player([{ url: safeUrl(glb.url) }], name, video && view ? { video, camera: view.camera } : null)
      : null;
    if (video && shown) stayInStep(video, shown, view?.start ?? start);
    const beside = video && !(view && shown);
    replace(element, beside ? h("figure.source", video, h("figcaption", t("clip"))) : null, shown?.element);
  };
  if (glb && clip !== null) void clipViewOf(files).then(build);
  else build(null);
  return {
    element,
    dispose: () => {
      gone = true;
      shown?.dispose();
    },
  };
}

/** Return the clip as a video, or a hint in its place where it cannot be played. */
function videoOf(clip: string): HTMLVideoElement {
  const video = h("video", {
    src: clip,
    muted: true,
    playsInline: true,
    loop: true,
    autoplay: true,
    controls: true,
    "aria-label": t("clip"),
  });
  const failed = (): void => video.replaceWith(h("p.unplayable.hint", { role: "status" }, t("clipFailed")));
  video.addEventListener("error", failed, { once: true });
  return video;
}

function stayInStep(video: HTMLVideoElement, shown: Player, start: number): void {
  let last: Playback | null = null;
  shown.onTick = (now) => {
    last = now;
    video.controls = video.loop = video.autoplay = false; // without the 3D view it plays by itself
    follow(video, now, start);
  };
  // The emote may have been scrubbed and stand still before the clip is there.
  video.addEventListener("loadedmetadata", () => last && follow(video, last, start));
}

/** Seconds that a playing clip may be off before it is put right; a seek costs a stutter. */
const LAX_S = 0.15;
const EXACT_S = 0.02;

export interface Followed {
  currentTime: number;
  readonly paused: boolean;
  playbackRate: number;
  readonly duration: number;
  play(): Promise<void>;
  pause(): void;
}

/** `start` is where in the clip the emote begins, seconds. */
export function follow(clip: Followed, emote: Playback, start: number): void {
  const at = start + emote.time;
  const over = !(at < clip.duration);
  if (Math.abs(clip.currentTime - at) > (emote.playing ? LAX_S : EXACT_S) && !over) clip.currentTime = at;
  clip.playbackRate = emote.speed;
  if (emote.playing && clip.paused && !over)
    void clip.play().catch(() => undefined); // muted, yet a browser may refuse
  else if (!emote.playing && !clip.paused) clip.pause();
}
