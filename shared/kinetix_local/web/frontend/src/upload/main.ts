/** The upload page: from a link or QR code to an emote. */

import { bytes } from "../common/format";
import { FetchTransport } from "../common/http";
import { LocalizedError, refusal, startLanguage, t } from "../common/i18n";
import { Store } from "../common/store";
import { readClip } from "./clip";
import { connectionHelp } from "./connection";
import { FULL_FRAME } from "./crop";
import { Filming } from "./filming";
import { Following } from "./following";
import { isFurther } from "./joining";
import { accepted, nextTakeOf } from "./next_take";
import { cameraOf, Page, type PageState, tokenOf } from "./page";
import { Sending } from "./sending";
import { showScreens } from "./showing";
import { gateOf, INITIAL, limitsOf, type State, sameClipAgain, screenOfTake } from "./state";
import { firstSpan } from "./trim";
import type { Actions } from "./view";

const number = cameraOf(window.location.search);
const store = new Store<State>({ ...INITIAL, number });
const token = tokenOf(window.location.search);
const page = token ? new Page(new FetchTransport(), token, number) : null;

const filming = new Filming(store, (clip, name) => void take(clip, name));
const sending = page
  ? new Sending(store, page, { onSent: () => following?.follow(), onClosed: () => void following?.check() })
  : null;
const following = page && sending ? new Following(store, page, sending) : null;

const actions: Actions = {
  openCamera: () => void filming.showCamera(),
  switchCamera: () => void filming.switchCamera(),
  startRecording: () => void filming.countDownAndRecord(),
  stopRecording: () => void filming.stopRecording(),
  pick: (file) => void take(file, file.name),
  backToChoice,
  change: (change) => store.set(change),
  send: () => void sending?.send(),
  addCamera: () => void addCamera(),
  startWithout: () => void sending?.submit(),
  choosePerson: (choice) => {
    store.set({ choice });
    void sending?.submit();
  },
  captureBody: (upper) => {
    store.set({ upper });
    void sending?.submit();
  },
  cancel: () => sending?.cancel(),
  keep: () => void decide(async () => page && accepted(page)),
  retake: () =>
    void decide(async () => {
      const url = await page?.retake();
      if (url) window.location.assign(url);
      return undefined;
    }),
  nextTake: (of, replaces) => void nextTake(of, replaces),
  tryAgain: () => void check(),
  connectionHelp: (open) => connectionHelp(page?.transport ?? new FetchTransport(), page?.path("") ?? "/", open),
};

function backToChoice(): void {
  filming.end();
  if (store.state.clip) URL.revokeObjectURL(store.state.clip.url);
  store.set({ screen: "choose", clip: null, note: "", problem: null, crop: FULL_FRAME, people: [], choice: {} });
}

async function check(): Promise<void> {
  if (following) await following.check();
  else store.set(gateOf("unknown"));
}

async function take(blob: Blob, name: string): Promise<void> {
  const limits = limitsOf(store.state);
  store.set({ screen: "checking" });
  try {
    const clip = await readClip(blob, name, limits);
    const span = firstSpan(clip.duration, limits);
    store.set({ screen: "edit", clip, span, crop: FULL_FRAME, note: "" });
    if (isFurther(store.state)) void sending?.send(); // the first camera's page trims and names the take
  } catch (error) {
    const problem = error instanceof LocalizedError ? error.key : "notAVideo";
    store.set({
      screen: "choose",
      note: t(problem, { size: bytes(blob.size), limit: bytes(limits.maxBytes), seconds: limits.minSeconds }),
    });
  }
}

async function addCamera(): Promise<void> {
  try {
    store.set({ added: (await page?.addCamera()) ?? null, note: "" });
    await following?.refresh();
  } catch (error) {
    store.set({ note: refusal(error) });
  }
}

/** The page stays, with the camera and the clip. */
async function nextTake(of: "same" | "other", replaces = false): Promise<void> {
  if (!page) return;
  store.set({ asking: true, note: "" });
  try {
    const next = await nextTakeOf(page, replaces);
    if (!next) return store.set({ asking: false, note: t("nextTakeSilent") });
    page.token = next;
    window.history.replaceState(null, "", `?token=${next}`);
    const { clip } = store.state;
    store.set(of === "same" ? sameClipAgain(store.state) : INITIAL);
    if (of === "other" && clip) URL.revokeObjectURL(clip.url);
    await check();
  } catch (error) {
    store.set({ asking: false, note: refusal(error) });
  }
}

async function decide(act: () => Promise<PageState | null | undefined>): Promise<void> {
  store.set({ busy: true, note: "" });
  try {
    const link = await act();
    if (link === null) store.set({ note: t("nextTakeSilent") });
    if (link?.process) store.set({ link, take: link.process, screen: screenOfTake(link.process) });
  } catch (error) {
    store.set({ note: refusal(error) });
  } finally {
    store.set({ busy: false });
  }
}

void startLanguage().then(() => {
  showScreens(document.getElementById("page") as HTMLElement, store, actions, filming);
  void check();
});
window.addEventListener("beforeunload", (event) => {
  if (store.state.screen === "uploading") event.preventDefault();
});
