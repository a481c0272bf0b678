/** The upload page: from a link or QR code to an emote. */

import { announce } from "../common/announce";
import { h, replace } from "../common/dom";
import { apiTime, bytes, clock } from "../common/format";
import { FetchTransport, HttpError, Unreachable } from "../common/http";
import { startLanguage, t } from "../common/i18n";
import { languageChoice } from "../common/languages";
import { refusal } from "../common/refusal";
import { Store } from "../common/store";
import { CameraError, closeCamera, isFrontCamera, openCamera, Recording } from "./camera";
import { ClipError, readClip } from "./clip";
import { connectionHelp } from "./connection";
import { isWhole, pixels, WHOLE } from "./crop";
import { edit } from "./edit";
import { awaiting, isFurther, joined, missing } from "./joining";
import { cameraOf, Page, type PageState, tokenOf } from "./page";
import { choosing } from "./people";
import * as screens from "./screens";
import { INITIAL, offersFace, type State, screenOf, screenOfTake } from "./state";
import { transfer } from "./transfer";
import { firstSpan, moveEdge } from "./trim";
import type { Actions, View } from "./view";

const POLL_MS = 1000;
const COUNTDOWN_S = 3;
/** Here the other camera may come and go; what is on the screen stays. */
const BEFORE_SUBMISSION: ReadonlySet<State["screen"]> = new Set([
  "choose",
  "camera",
  "mirror",
  "edit",
  "awaiting",
  "joined",
]);

startLanguage();
const number = cameraOf(window.location.search);
const store = new Store<State>({ ...INITIAL, number });
const token = tokenOf(window.location.search);
const page = token ? new Page(new FetchTransport(), token, number) : null;
const root = document.getElementById("page") as HTMLElement;

let view: View | null = null;
let stream: MediaStream | null = null;
/** Builds the live mirror, once all that it needs is here. */
let mirrorView: (() => View) | null = null;
let facing: "user" | "environment" = "user";
let recording: Recording | null = null;
let upload: AbortController | null = null;
let submitting = false;
let poll: ReturnType<typeof setTimeout> | undefined;

const actions: Actions = {
  openCamera: () => void showCamera(),
  openMirror: () => void showMirror(),
  switchCamera: () => {
    facing = facing === "user" ? "environment" : "user";
    void showCamera();
  },
  startRecording: () => void countDownAndRecord(),
  stopRecording: () => void stopRecording(),
  pick: (file) => void take(file, file.name),
  backToChoice: () => {
    endCamera();
    if (store.state.clip) URL.revokeObjectURL(store.state.clip.url);
    store.set({ screen: "choose", clip: null, note: "", crop: WHOLE, people: [], choice: {} });
  },
  change: (change) => store.set(change),
  send: () => void send(),
  addCamera: () => void addCamera(),
  startWithout: () => void submit(),
  choosePerson: (choice) => {
    store.set({ choice });
    void submit();
  },
  cancel: () => upload?.abort(),
  keep: () => void decide(() => page?.validate()),
  retake: () =>
    void decide(async () => {
      const url = await page?.retake();
      if (url) window.location.assign(url);
      return undefined;
    }),
  tryAgain: () => void check(),
  connectionHelp: (open) => connectionHelp(page?.transport ?? new FetchTransport(), page?.path("") ?? "/", open),
};

/** Asks the server what this link is good for, and shows the screen for it. */
async function check(): Promise<void> {
  if (!page) return store.set({ screen: "gate", gate: { title: "unknownTitle", hint: "unknownHint" } });
  store.set({ problem: null });
  try {
    const link = await page.state();
    store.set({
      link,
      linkEnds: performance.now() + link.expireIn * 1000,
      note: "",
      ...screenOf(link),
      ...(store.state.clip && link.state === "open" ? { screen: "edit" } : {}),
    });
    follow();
  } catch (error) {
    if (!(error instanceof Unreachable) && error instanceof HttpError && error.status < 500)
      return store.set({ screen: "gate", gate: { title: "unknownTitle", hint: "unknownHint" } });
    // Set once: who reads what to do, or tests the connection, is not disturbed by every try.
    if (store.state.gate?.title !== "offlineTitle")
      store.set({ screen: "gate", gate: { title: "offlineTitle", hint: "offlineHint" } });
    setTimeout(() => void (store.state.gate?.title === "offlineTitle" && check()), 3000);
  }
}

async function showCamera(): Promise<void> {
  endCamera();
  try {
    stream = await openCamera(facing);
    store.set({ screen: "checking", note: "" });
    store.set({ screen: "camera", camera: "ready", note: "" });
  } catch (error) {
    store.set({ screen: "choose", note: error instanceof CameraError ? t(error.problem) : String(error) });
  }
}

/** The live mirror is fetched when somebody asks for it. Where it cannot be had, the plain camera says so. */
async function showMirror(): Promise<void> {
  endCamera();
  try {
    stream = await openCamera(facing);
  } catch (error) {
    return store.set({ screen: "choose", note: error instanceof CameraError ? t(error.problem) : String(error) });
  }
  const opened = stream;
  store.set({ screen: "checking", note: "" });
  const plain = (note: string): void => store.set({ screen: "camera", camera: "ready", note });
  try {
    const [{ mirror }, { Eyes }] = await Promise.all([import("../mirror/mirror"), import("../mirror/eyes")]);
    const eyes = await Eyes.open();
    mirrorView = () =>
      mirror({
        stream: opened,
        eyes,
        flipped: isFrontCamera(opened),
        longest: store.state.link?.limits.maxSeconds ?? 10,
        onFilmed: (blob, name, restsAt) => {
          endCamera();
          void take(blob, name, restsAt);
        },
        onFailed: () => plain(t("mirrorFailed")),
        onPlain: () => plain(""),
        onOtherCamera: () => {
          facing = facing === "user" ? "environment" : "user";
          void showMirror();
        },
        onBack: () => actions.backToChoice(),
      });
    if (stream === opened) store.set({ screen: "mirror" });
    else eyes.close();
  } catch {
    if (stream === opened) plain(t("mirrorFailed"));
  }
}

async function countDownAndRecord(): Promise<void> {
  for (let left = COUNTDOWN_S; left > 0; left -= 1) {
    store.set({ camera: "countdown", note: t("startIn", { count: left }) });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (!stream || store.state.screen !== "camera") return;
  }
  if (!stream) return;
  const running = new Recording(stream);
  recording = running;
  const longest = (store.state.link?.limits.maxSeconds ?? 10) + 5;
  const tick = (): void => {
    if (recording !== running) return;
    store.set({ camera: "recording", note: t("recording", { time: clock(running.seconds) }) });
    if (running.seconds >= longest) void stopRecording();
    else setTimeout(tick, 250);
  };
  tick();
}

async function stopRecording(): Promise<void> {
  const running = recording;
  recording = null;
  if (!running) return;
  const { blob, name } = await running.stop();
  endCamera();
  store.set({ camera: "ready", note: "" });
  await take(blob, name);
}

function endCamera(): void {
  recording = null;
  closeCamera(stream);
  stream = null;
}

/** `restsAt`: the second at which the move is known to be over, when it is. */
async function take(blob: Blob, name: string, restsAt: number | null = null): Promise<void> {
  const limits = store.state.link?.limits ?? { minSeconds: 1, maxSeconds: 10, maxBytes: Number.MAX_SAFE_INTEGER };
  store.set({ screen: "checking" });
  try {
    const clip = await readClip(blob, name, limits);
    const whole = firstSpan(clip.duration, limits);
    const span = restsAt === null ? whole : moveEdge(whole, "end", restsAt, clip.duration, limits);
    store.set({ screen: "edit", clip, span, crop: WHOLE, note: "" });
    if (isFurther(store.state)) void send(); // the first camera's page trims and names the take
  } catch (error) {
    const problem = error instanceof ClipError ? error.problem : "notAVideo";
    store.set({
      screen: "choose",
      note: t(problem, { size: bytes(blob.size), limit: bytes(limits.maxBytes), seconds: limits.minSeconds }),
    });
  }
}

async function addCamera(): Promise<void> {
  try {
    store.set({ added: (await page?.addCamera()) ?? null, note: "" });
    await refresh();
  } catch (error) {
    store.set({ note: refusal(error) });
  }
}

async function send(): Promise<void> {
  const { clip } = store.state;
  if (!clip || !page) return;
  const running = new AbortController();
  upload = running;
  store.set({ screen: "uploading", sent: 0, waiting: false, note: "" });
  try {
    await transfer(page.transport, {
      token: page.token,
      clip: clip.blob,
      name: clip.name,
      ...(isFurther(store.state) ? { camera: store.state.number } : {}),
      signal: running.signal,
      onProgress: (sent) => store.set({ sent }),
      onWaiting: (waiting) => store.set({ waiting }),
    });
    if (isFurther(store.state)) store.set({ screen: "joined", waiting: false });
    else if (missing(store.state)) store.set({ screen: "awaiting", waiting: false });
    else await submitOrChoose();
  } catch (error) {
    if (running.signal.aborted) return store.set({ screen: isFurther(store.state) ? "choose" : "edit" });
    refusedBy(error);
  } finally {
    upload = null;
    follow();
  }
}

/** Where several people are in the clip, one is chosen first. Who cannot be looked for is nobody to choose. */
async function submitOrChoose(): Promise<void> {
  const { clip, span, crop, upper } = store.state;
  if (!clip || !page) return;
  const part = isWhole(crop) ? null : [crop.left, crop.top, crop.right - crop.left, crop.bottom - crop.top];
  const looked = upper ? [] : await page.people({ ...span, crop: part }).catch(() => []);
  if (looked.length > 1) store.set({ screen: "people", people: looked, choice: {} });
  else await submit();
}

/** All clips that will come are here: the emote is made. */
async function submit(): Promise<void> {
  const { clip, span, crop, name, mature, upper, face, choice } = store.state;
  if (!clip || !page || submitting) return;
  submitting = true;
  const cut = isWhole(crop) ? {} : pixels(crop, clip.width, clip.height);
  const body = upper ? { body: "upper" as const } : {};
  const shapes = face && offersFace(store.state) ? { face: true } : {};
  const part = { start: apiTime(span.start), end: apiTime(span.end) };
  try {
    received(await page.submit({ ...part, name: name.trim(), mature, ...choice, ...body, ...shapes, ...cut }));
  } catch (error) {
    refusedBy(error);
  } finally {
    submitting = false;
  }
}

function refusedBy(error: unknown): void {
  if (error instanceof HttpError && (error.status === 403 || error.status === 404)) return void check();
  const problem =
    error instanceof HttpError
      ? error.problem
      : { code: "offline", title: t("offlineTitle"), nextStep: t("offlineHint") };
  store.set({ screen: "refused", problem, take: null });
}

function received(link: PageState): void {
  store.set({ link, ...screenOf(link), waiting: false });
  follow();
}

/** Polls while the emote is being made, and while there is another camera; a lost connection is waited out. */
function follow(): void {
  clearTimeout(poll);
  const { screen, link, added } = store.state;
  const together = isFurther(store.state) || added !== null || Boolean(link?.cameras.length);
  const ongoing = screen === "processing" || (together && BEFORE_SUBMISSION.has(screen));
  if (!ongoing || !page) return;
  poll = setTimeout(() => {
    refresh()
      .catch(() => store.set({ waiting: true }))
      .finally(follow);
  }, POLL_MS);
}

async function refresh(): Promise<void> {
  const link = await page?.state();
  if (!link) return;
  const { screen } = store.state;
  if (screen === "processing" || (link.process && isFurther(store.state))) {
    if (link.process) store.set({ link, take: link.process, screen: screenOfTake(link.process), waiting: false });
    else store.set({ link, ...screenOf(link) });
    return;
  }
  store.set({ link });
  if (screen === "awaiting" && !missing(store.state)) await submit();
  const own = link.cameras.find((one) => one.camera === store.state.number);
  if (screen === "joined" && link.state === "open" && own?.state !== "arrived") await send();
  follow();
}

async function decide(act: () => Promise<PageState | undefined> | undefined): Promise<void> {
  store.set({ busy: true, note: "" });
  try {
    const link = await act();
    if (link?.process) store.set({ link, take: link.process, screen: screenOfTake(link.process) });
  } catch (error) {
    store.set({ note: refusal(error) });
  } finally {
    store.set({ busy: false });
  }
}

function build(state: State): View {
  switch (state.screen) {
    case "gate":
      return screens.gate(state, actions);
    case "choose":
      return screens.choose(state, actions);
    case "camera":
      return stream ? screens.camera(state, actions, stream) : screens.choose(state, actions);
    case "mirror":
      return stream && mirrorView ? mirrorView() : screens.choose(state, actions);
    case "edit":
      return edit(state, actions);
    case "uploading":
      return screens.uploading(state, actions);
    case "people":
      return choosing(state, actions);
    case "awaiting":
      return awaiting(state, actions);
    case "joined":
      return joined();
    case "processing":
      return screens.processing(state);
    case "result":
      return screens.result(state, actions);
    case "refused":
      return screens.refused(state, actions);
    case "checking":
      return { elements: [h("section", { class: "card center" }, h("p", null, t("checking")))] };
  }
}

function show(state: State): void {
  view?.leave?.();
  view = build(state);
  document.title = t("title");
  const choice = languageChoice(() => show(store.state));
  replace(root, h("header", null, h("span", { class: "brand" }, t("title")), choice), ...view.elements);
  root.dataset.screen = state.screen;
  const title = root.querySelector("h1");
  if (title) {
    announce(title.textContent ?? "");
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  }
}

/** What makes a screen another one; everything else is an update of the screen that is there. */
function shape(state: State): unknown[] {
  const take = state.take;
  return [
    state.screen,
    state.gate,
    state.clip,
    state.screen === "camera" || state.screen === "mirror" ? null : state.note,
    state.screen === "result" ? [take?.status, take?.uuid, state.busy].join() : null,
    state.problem,
  ];
}

store.subscribe((state, before) => {
  const now = shape(state);
  const then = shape(before);
  if (now.some((value, index) => value !== then[index])) show(state);
  else view?.update?.(state);
});
window.addEventListener("beforeunload", (event) => {
  if (store.state.screen === "uploading") event.preventDefault();
});

show(store.state);
void check();
