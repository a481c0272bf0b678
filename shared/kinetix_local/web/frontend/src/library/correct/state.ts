/** State of the correction dialog, and the actions that change it. */
import { refusal } from "../../common/i18n";
import { Store } from "../../common/store";
import type { Library } from "../api";
import { openChoice } from "./arm_question";
import { type Correction, firstFrame } from "./correction";
import type { SeenFigure } from "./seen_figure";
import { isSolved, isWorking, refused, type Version, whyNot } from "./versions";

const POLL_MS = 700;

/** Corrections that are not solved yet, by the captured emote; kept while the page is open. */
const drafts = new Map<string, Correction[]>();

const INITIAL = {
  phase: "reading" as "reading" | "ready" | "solving",
  versions: [] as Version[],
  /** The version that is shown. */
  base: null as Version | null,
  figure: null as SeenFigure | null,
  draft: [] as Correction[],
  /** The correction that failed. */
  wrong: undefined as Correction | undefined,
  frame: 0,
  note: "",
};

export type State = typeof INITIAL;

export class Take extends Store<State> {
  #emote: string;
  #closed = false;

  constructor(
    private readonly library: Library,
    emote: string,
  ) {
    super(INITIAL);
    this.#emote = emote;
  }

  get busy(): boolean {
    return this.state.phase !== "ready";
  }

  close(): void {
    this.#closed = true;
  }

  /** Read the versions and show the emote at a frame, or where the capture is least certain. */
  async open(at?: number): Promise<void> {
    try {
      const { base, figure, draft, ...read } = await this.#read(this.#emote);
      const kept = drafts.get(this.#origin(read.versions)) ?? draft;
      const undecided = openChoice(base.armChoices, kept)?.frames[0];
      const frame = Math.min(at ?? undecided ?? base.unsure[0]?.worst ?? base.firstFrame, figure.frames - 1);
      this.#set({ ...read, base, figure, draft: kept, frame, phase: "ready" });
    } catch (error) {
      this.#set({ note: refusal(error) });
    }
  }

  change(draft: Correction[], frame = this.state.frame): void {
    drafts.set(this.#origin(), draft);
    this.set({ draft, frame, wrong: undefined, note: "" });
  }

  /** Solve the take with the corrections; return the new version where it succeeds. */
  async solve(): Promise<Version | null> {
    this.set({ phase: "solving", wrong: undefined, note: "" });
    try {
      const made = await this.#ended(await this.library.refine(this.#emote, this.state.draft));
      if (this.#closed) return null;
      if (isSolved(made)) return await this.#arrived(made);
      const wrong = refused(made);
      const versions = await this.library.versions(this.#emote);
      const frame = wrong ? firstFrame(wrong) : this.state.frame;
      this.#set({ phase: "ready", versions, wrong, frame, note: whyNot(made) });
    } catch (error) {
      this.#set({ phase: "ready", note: refusal(error) });
    }
    return null;
  }

  /** Make another version the current one. `act` returns what went wrong. */
  async use(version: Version, act: (action: () => Promise<void>) => Promise<string>): Promise<Version | null> {
    this.set({ phase: "reading", wrong: undefined, note: "" });
    const note = await act(() => this.library.useVersion(this.#emote, version.number));
    if (!note) return this.#arrived({ ...version, current: true });
    this.#set({ phase: "ready", note });
    return null;
  }

  async #arrived(version: Version): Promise<Version | null> {
    drafts.delete(this.#origin());
    try {
      const read = await this.#read(version.emote);
      this.#set({ ...read, phase: "ready" });
      return read.versions.find(({ number }) => number === version.number) ?? null;
    } catch (error) {
      this.#set({ phase: "ready", note: refusal(error) });
      return null;
    }
  }

  async #read(emote: string) {
    const versions = await this.library.versions(emote);
    const solved = versions.filter(isSolved);
    const base = solved.find((one) => one.emote === emote) ?? solved.at(-1);
    if (!base) throw new Error("no version was solved");
    const figure = await this.library.figure(emote, base.number);
    this.#emote = base.emote;
    return { versions, base, figure, draft: base.corrections };
  }

  /** Return the version once it is finished, or its last known state once the dialog is closed. */
  async #ended(version: Version): Promise<Version> {
    let known = version;
    while (isWorking(known) && !this.#closed) {
      await new Promise((then) => setTimeout(then, POLL_MS));
      const listed = await this.library.versions(known.emote);
      known = listed.find(({ number }) => number === version.number) ?? known;
    }
    return known;
  }

  #origin(versions = this.state.versions): string {
    return versions[0]?.emote ?? this.#emote;
  }

  #set(change: Partial<State>): void {
    if (!this.#closed) this.set(change);
  }
}
