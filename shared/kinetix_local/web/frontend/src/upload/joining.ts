/** Several phones for one take. */
import { button, h, replace, safeUrl } from "../common/dom";
import { type Key, t } from "../common/i18n";
import { type CameraLink, FIRST_CAMERA } from "./page";
import { isFurther, missing, type State } from "./state";
import type { Upload } from "./upload";
import { centered, type Part, type View } from "./view";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

export function takesMore(state: State): boolean {
  return !isFurther(state) && (state.link?.mostCameras ?? FIRST_CAMERA) > FIRST_CAMERA;
}

function cameraWords(state: State): string[] {
  if (isFurther(state)) return [];
  return state.link?.cameras.map((one) => t(`camera_${one.state}`, { number: one.camera })) ?? [];
}

/** Element with the state of each further camera; it announces changes. */
export function cameraStates(): Part {
  const element = h("div.life.cameras", { role: "status" });
  let announced = "";
  const update = (now: State): void => {
    const words = cameraWords(now);
    if (words.join() === announced) return;
    announced = words.join();
    replace(element, ...words.map((one) => h("p", one)));
  };
  return { element, update };
}

/** Button that adds a camera, its QR code, and the state of all. */
export function cameraPanel(upload: Upload): View {
  const body = h("div.camera-link");
  const states = cameraStates();
  const add = (words: Key): HTMLElement => button({ onclick: () => upload.addCamera() }, t(words));
  let drawn: unknown;
  const update = (now: State): void => {
    states.update(now);
    const cameras = now.link?.cameras ?? [];
    // A code is hidden once its phone has connected.
    const awaited = cameras.find((one) => one.state === "awaited");
    const shown = awaited && now.added?.camera === awaited.camera ? now.added : null;
    const full = !awaited && FIRST_CAMERA + cameras.length >= (now.link?.mostCameras ?? FIRST_CAMERA);
    const key = shown?.link ?? (full ? null : cameras.some((one) => one !== awaited) ? "addOneMore" : "addCamera");
    if (drawn === key) return;
    drawn = key;
    if (shown) replace(body, ...cameraLink(shown));
    else if (key === "addCamera") replace(body, h("p", t("addCameraHint")), add(key));
    else if (key === "addOneMore") replace(body, add(key));
    else replace(body);
  };
  const section = h(
    "section.card",
    { "aria-labelledby": "cameras" },
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
    h("p", onlyHere ? t("cameraHereOnly") : t("cameraScan", number)),
    // No phone can open this computer's own address.
    onlyHere ? null : h("img", { src: code, alt: t("cameraCode", number), class: "code" }),
    h("a", { href: safeUrl(link), target: "_blank", rel: "noreferrer" }, t("cameraOpen", number)),
  ];
}

/** Screen of the first phone while it waits for others. */
export function awaiting(_: State, upload: Upload): View {
  const states = cameraStates();
  const without = button({ class: "main", onclick: () => upload.submit() });
  const update = (now: State): void => {
    states.update(now);
    without.textContent = t(missing(now).length > 1 ? "startWithoutThem" : "startWithout");
  };
  return { ...centered("awaitingTitle", states.element, h("div.actions", without)), update };
}

/** Screen of a further phone after its clip. */
export function joined(): View {
  const section = h(
    "section.card.center",
    h("div.sign", { "aria-hidden": "true" }, "✓"),
    h("h1", t("joinedTitle")),
    h("p", t("joinedHint")),
  );
  return { elements: [section] };
}
