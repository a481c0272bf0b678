/** The clip beside its emote, in step. The emote leads: it can be scrubbed and slowed down. */
import type { Playback } from "./viewer";

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
