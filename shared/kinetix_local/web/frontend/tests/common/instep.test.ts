import { describe, expect, it } from "vitest";
import { type Followed, follow } from "../../src/common/instep";

function clip(currentTime: number, paused: boolean, duration = 4): Followed & { seeks: number } {
  let at = currentTime;
  let still = paused;
  return {
    seeks: 0,
    get currentTime() {
      return at;
    },
    set currentTime(value: number) {
      this.seeks += 1;
      at = value;
    },
    get paused() {
      return still;
    },
    playbackRate: 1,
    duration,
    async play() {
      still = false;
    },
    pause() {
      still = true;
    },
  };
}

describe("the clip beside its emote", () => {
  it("is left alone while it is nearly in step, and put right when the emote begins again", () => {
    const film = clip(1.6, false);
    follow(film, { time: 1.5, duration: 2, playing: true, speed: 1 }, 0);
    expect(film.seeks).toBe(0);
    follow(film, { time: 0.02, duration: 2, playing: true, speed: 1 }, 0.5);
    expect(film.currentTime).toBeCloseTo(0.52);
  });

  it("stops with the emote, on the same moment, and slows down with it", () => {
    const film = clip(1.0, false);
    follow(film, { time: 0.9, duration: 2, playing: false, speed: 0.25 }, 0);
    expect([film.paused, film.currentTime, film.playbackRate]).toEqual([true, 0.9, 0.25]);
    follow(film, { time: 0.9, duration: 2, playing: true, speed: 0.25 }, 0);
    expect(film.paused).toBe(false);
  });

  it("waits at its end where the emote is longer", () => {
    const film = clip(2.0, true, 2.0);
    follow(film, { time: 2.1, duration: 3, playing: true, speed: 1 }, 0);
    expect([film.paused, film.seeks]).toEqual([true, 0]);
  });
});
