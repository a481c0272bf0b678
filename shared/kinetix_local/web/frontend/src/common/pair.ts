/** The clip beside the emote that was made from it, in step; either alone where there is no other. */
import { h } from "./dom";
import { t } from "./i18n";
import { follow } from "./instep";
import { player } from "./player";
import type { Playback } from "./viewer";

export interface Pair {
  element: HTMLElement;
  dispose(): void;
}

/** `clip` and `emote` are addresses, `start` is where in the clip the emote begins (seconds). */
export function pair(name: string, emote: string | null, clip: string | null, start: number): Pair {
  const shown = emote === null ? null : player([{ url: emote }], name);
  const video =
    clip === null
      ? null
      : h("video", {
          src: clip,
          muted: true,
          playsInline: true,
          loop: true,
          autoplay: true,
          controls: true,
          "aria-label": t("clip"),
        });
  if (video && shown) {
    let last: Playback | null = null;
    shown.onTick = (now) => {
      last = now;
      video.controls = video.loop = video.autoplay = false; // without the 3D view it plays by itself
      follow(video, now, start);
    };
    // The emote may have been scrubbed and stand still before the clip is there.
    video.addEventListener("loadedmetadata", () => last && follow(video, last, start));
  }
  return {
    element: h("div", { class: "pair" }, video ? source(video) : null, shown?.element),
    dispose: () => shown?.dispose(),
  };
}

/** Some phones film what some browsers cannot play: that is said in place of a black picture. */
function source(video: HTMLVideoElement): HTMLElement {
  const failed = (): void => video.replaceWith(h("p", { class: "unplayable hint", role: "status" }, t("clipFailed")));
  video.addEventListener("error", failed, { once: true });
  return h("figure", { class: "source" }, video, h("figcaption", null, t("clip")));
}
