/** One take, two phones: the way in for the second camera, and what each side is told while it waits. */
import { h, replace, safeUrl } from "../common/dom";
import { type Key, t } from "../common/i18n";
import { FIRST_CAMERA, type FurtherCamera } from "./page";
import type { State } from "./state";
import type { Actions, View } from "./view";

const SAID: Record<FurtherCamera["state"], Key> = {
  awaited: "camera_awaited",
  here: "camera_here",
  sending: "camera_sending",
  arrived: "camera_arrived",
};
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether this page is that of a further camera, which only films. */
export function isFurther(state: State): boolean {
  return state.number !== FIRST_CAMERA;
}

/** The one whose clip is not here yet, if any. */
export function missing(state: State): FurtherCamera | undefined {
  return state.link?.cameras.find((one) => one.state !== "arrived");
}

/** How far the second camera is, in words; nothing where there is none. */
export function cameraWords(state: State): string {
  const one = missing(state) ?? state.link?.cameras[0];
  return one && !isFurther(state) ? t(SAID[one.state]) : "";
}

/** The button that adds a camera; then its QR code, and how far it is. */
export function cameraPanel(state: State, actions: Actions): View {
  const body = h("div", { class: "camera-link" });
  const words = h("p", { class: "life", role: "status" });
  let drawn: unknown;
  const update = (now: State): void => {
    words.textContent = cameraWords(now);
    // Once the other phone is here its code is of no use, and would be in the way.
    const cameras = now.link?.cameras ?? [];
    const awaited = cameras.some((one) => one.state === "awaited");
    const shown = awaited ? now.added : null;
    const key = shown?.link ?? (awaited || !cameras.length ? "none" : "gone");
    if (drawn === key) return;
    drawn = key;
    if (shown) {
      const onlyHere = LOOPBACK.has(new URL(shown.link).hostname);
      replace(
        body,
        h("p", null, t(onlyHere ? "cameraHereOnly" : "cameraScan")),
        // No phone can open an address of this computer: its code would lead nowhere.
        onlyHere ? null : h("img", { src: shown.code, alt: t("cameraCode"), class: "code" }),
        h("a", { href: safeUrl(shown.link), target: "_blank", rel: "noreferrer" }, t("cameraOpen")),
      );
    } else if (key === "none") {
      const add = h("button", { type: "button", onclick: () => actions.addCamera() }, t("addCamera"));
      replace(body, h("p", null, t("addCameraHint")), add);
    } else replace(body);
  };
  update(state);
  const section = h(
    "section",
    { class: "card", "aria-labelledby": "cameras" },
    h("h2", { id: "cameras" }, t("camerasTitle")),
    body,
    words,
  );
  return { elements: [section], update };
}

/** The first phone has sent its clip, and the second one has not. */
export function awaiting(state: State, actions: Actions): View {
  const words = h("p", { class: "life", role: "status" });
  const update = (now: State): void => {
    words.textContent = cameraWords(now);
  };
  update(state);
  const without = h(
    "button",
    { type: "button", class: "main", onclick: () => actions.startWithout() },
    t("startWithout"),
  );
  const section = h(
    "section",
    { class: "card center" },
    h("h1", null, t("awaitingTitle")),
    words,
    h("div", { class: "actions" }, without),
  );
  return { elements: [section], update };
}

/** The second phone has sent its clip. */
export function joined(): View {
  const section = h(
    "section",
    { class: "card center" },
    h("div", { class: "sign", "aria-hidden": "true" }, "✓"),
    h("h1", null, t("joinedTitle")),
    h("p", null, t("joinedHint")),
  );
  return { elements: [section] };
}
