/** The upload page: from a link or QR code to an emote. */

import { announce } from "../common/announce";
import { h, replace } from "../common/dom";
import { apiTime, bytes, clock } from "../common/format";
import { FetchTransport, HttpError, Unreachable } from "../common/http";
import { LANGUAGES, type Language, language, startLanguage, t, useLanguage } from "../common/i18n";
import { Store } from "../common/store";
import { CameraError, closeCamera, openCamera, Recording } from "./camera";
import { ClipError, readClip } from "./clip";
import { connectionHelp } from "./connection";
import { isWhole, pixels, WHOLE } from "./crop";
import { edit } from "./edit";
import { Page, type PageState, tokenOf } from "./page";
import * as screens from "./screens";
import { INITIAL, type State, screenOf, screenOfTake } from "./state";
import { transfer } from "./transfer";
import { firstSpan } from "./trim";
import type { Actions, View } from "./view";

const POLL_MS = 1000;
const COUNTDOWN_S = 3;

startLanguage();
const store = new Store<State>(INITIAL);
const token = tokenOf(window.location.search);
const page = token ? new Page(new FetchTransport(), token) : null;
const root = document.getElementById("page") as HTMLElement;

let view: View | null = null;
let stream: MediaStream | null = null;
let facing: "user" | "environment" = "user";
let recording: Recording | null = null;
let upload: AbortController | null = null;
let poll: ReturnType<typeof setTimeout> | undefined;

const actions: Actions = {
  openCamera: () => void showCamera(),
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
    store.set({ screen: "choose", clip: null, note: "", crop: WHOLE });
  },
  change: (change) => store.set(change),
  send: () => void send(),
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
    if (link.process) follow();
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

async function take(blob: Blob, name: string): Promise<void> {
  const limits = store.state.link?.limits ?? { minSeconds: 1, maxSeconds: 10, maxBytes: Number.MAX_SAFE_INTEGER };
  store.set({ screen: "checking" });
  try {
    const clip = await readClip(blob, name, limits);
    store.set({ screen: "edit", clip, span: firstSpan(clip.duration, limits), crop: WHOLE, note: "" });
  } catch (error) {
    const problem = error instanceof ClipError ? error.problem : "notAVideo";
    store.set({
      screen: "choose",
      note: t(problem, { size: bytes(blob.size), limit: bytes(limits.maxBytes), seconds: limits.minSeconds }),
    });
  }
}

async function send(): Promise<void> {
  const { clip, span, crop, name, mature, upper } = store.state;
  if (!clip || !page) return;
  const running = new AbortController();
  upload = running;
  store.set({ screen: "uploading", sent: 0, waiting: false, note: "" });
  try {
    await transfer(page.transport, {
      token: page.token,
      clip: clip.blob,
      name: clip.name,
      signal: running.signal,
      onProgress: (sent) => store.set({ sent }),
      onWaiting: (waiting) => store.set({ waiting }),
    });
    const cut = isWhole(crop) ? {} : pixels(crop, clip.width, clip.height);
    const link = await page.submit({
      start: apiTime(span.start),
      end: apiTime(span.end),
      name: name.trim(),
      mature,
      ...(upper ? { body: "upper" as const } : {}),
      ...cut,
    });
    received(link);
  } catch (error) {
    if (running.signal.aborted) return store.set({ screen: "edit" });
    if (error instanceof HttpError && (error.status === 403 || error.status === 404)) return void check();
    const problem =
      error instanceof HttpError
        ? error.problem
        : { code: "offline", title: t("offlineTitle"), nextStep: t("offlineHint") };
    store.set({ screen: "refused", problem, take: null });
  } finally {
    upload = null;
  }
}

function received(link: PageState): void {
  store.set({ link, ...screenOf(link), waiting: false });
  follow();
}

/** Polls while the emote is being made; a lost connection is waited out. */
function follow(): void {
  clearTimeout(poll);
  const ongoing = store.state.screen === "processing";
  if (!ongoing || !page) return;
  poll = setTimeout(() => {
    page
      .state()
      .then((link) => {
        if (link.process) store.set({ link, take: link.process, screen: screenOfTake(link.process), waiting: false });
        else store.set({ link, ...screenOf(link) });
      })
      .catch(() => store.set({ waiting: true }))
      .finally(follow);
  }, POLL_MS);
}

async function decide(act: () => Promise<PageState | undefined> | undefined): Promise<void> {
  store.set({ busy: true, note: "" });
  try {
    const link = await act();
    if (link?.process) store.set({ link, take: link.process, screen: screenOfTake(link.process) });
  } catch (error) {
    store.set({
      note: error instanceof HttpError ? `${error.problem.title} ${error.problem.nextStep}`.trim() : t("offlineTitle"),
    });
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
    case "edit":
      return edit(state, actions);
    case "uploading":
      return screens.uploading(state, actions);
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

function header(): HTMLElement {
  const select = h(
    "select",
    { "aria-label": t("language"), class: "language" },
    ...Object.entries(LANGUAGES).map(([code, label]) => h("option", { value: code }, label)),
  );
  select.value = language();
  select.addEventListener("change", () => {
    useLanguage(select.value as Language, true);
    show(store.state);
  });
  return h("header", null, h("span", { class: "brand" }, t("title")), select);
}

function show(state: State): void {
  view?.leave?.();
  view = build(state);
  document.title = t("title");
  replace(root, header(), ...view.elements);
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
    state.screen === "camera" ? null : state.note,
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
