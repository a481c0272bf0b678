/** One take, several phones: the way in for each further camera, and what each side is told while it waits. */
import { h, replace, safeUrl } from "../common/dom";
import { type Key, t } from "../common/i18n";
import { type CameraLink, FIRST_CAMERA, type FurtherCamera } from "./page";
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

/** Whether this page may ask for one phone more at all. */
export function takesMore(state: State): boolean {
  return !isFurther(state) && (state.link?.mostCameras ?? FIRST_CAMERA) > FIRST_CAMERA;
}

/** Those whose clips are not here yet. */
export function missing(state: State): FurtherCamera[] {
  return state.link?.cameras.filter((one) => one.state !== "arrived") ?? [];
}

/** How far each further camera is, in words. */
function cameraWords(state: State): string[] {
  if (isFurther(state)) return [];
  return state.link?.cameras.map((one) => t(SAID[one.state], { number: one.camera })) ?? [];
}

/** What says how far each further camera is, and how to bring it up to date. It speaks only of changes. */
export function cameraStates(state: State): { element: HTMLElement; update: (now: State) => void } {
  const element = h("div", { class: "life cameras", role: "status" });
  let said = "";
  const update = (now: State): void => {
    const words = cameraWords(now);
    if (words.join() === said) return;
    said = words.join();
    replace(element, ...words.map((one) => h("p", null, one)));
  };
  update(state);
  return { element, update };
}

/** The button that adds a camera; then its QR code, and how far each one is. */
export function cameraPanel(state: State, actions: Actions): View {
  const body = h("div", { class: "camera-link" });
  const states = cameraStates(state);
  const add = (words: Key): HTMLElement =>
    h("button", { type: "button", onclick: () => actions.addCamera() }, t(words));
  let drawn: unknown;
  const update = (now: State): void => {
    states.update(now);
    const cameras = now.link?.cameras ?? [];
    // Once a phone is here its code is of no use, and would be in the way.
    const awaited = cameras.find((one) => one.state === "awaited");
    const shown = awaited && now.added?.camera === awaited.camera ? now.added : null;
    const full = !awaited && FIRST_CAMERA + cameras.length >= (now.link?.mostCameras ?? FIRST_CAMERA);
    const key = shown?.link ?? (full ? null : cameras.some((one) => one !== awaited) ? "addOneMore" : "addCamera");
    if (drawn === key) return;
    drawn = key;
    if (shown) replace(body, ...cameraLink(shown));
    else if (key === "addCamera") replace(body, h("p", null, t("addCameraHint")), add(key));
    else if (key === "addOneMore") replace(body, add(key));
    else replace(body);
  };
  update(state);
  const section = h(
    "section",
    { class: "card", "aria-labelledby": "cameras" },
    h("h2", { id: "cameras" }, t("camerasTitle")),
    states.element,
    body,
  );
  return { elements: [section], update };
}

function cameraLink({ camera, link, code }: CameraLink): (HTMLElement | null)[] {
  const number = { number: camera };
  const onlyHere = LOOPBACK.has(new URL(link).hostname);
  return [
    h("p", null, onlyHere ? t("cameraHereOnly") : t("cameraScan", number)),
    // No phone can open an address of this computer: its code would lead nowhere.
    onlyHere ? null : h("img", { src: code, alt: t("cameraCode", number), class: "code" }),
    h("a", { href: safeUrl(link), target: "_blank", rel: "noreferrer" }, t("cameraOpen", number)),
  ];
}

/** The first phone has sent its clip, and others have not. */
export function awaiting(state: State, actions: Actions): View {
  const states = cameraStates(state);
  const without = h("button", { type: "button", class: "main", onclick: () => actions.startWithout() });
  const update = (now: State): void => {
    states.update(now);
    without.textContent = t(missing(now).length > 1 ? "startWithoutThem" : "startWithout");
  };
  update(state);
  const section = h(
    "section",
    { class: "card center" },
    h("h1", null, t("awaitingTitle")),
    states.element,
    h("div", { class: "actions" }, without),
  );
  return { elements: [section], update };
}

/** This further phone has sent its clip. */
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
