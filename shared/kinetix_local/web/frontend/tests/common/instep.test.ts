import { describe, expect, it } from "vitest";
import { follow } from "../../src/common/pair";

function clip(currentTime: number, paused: boolean, duration = 4) {
  const film = {
    currentTime,
    paused,
    duration,
    playbackRate: 1,
    play: async () => void Object.assign(film, { paused: false }),
    pause: () => void Object.assign(film, { paused: true }),
  };
  return film;
}

describe("the clip beside its emote", () => {
  it("is left alone while it is nearly in step, and put right when the emote begins again", () => {
    const film = clip(1.6, false);
    follow(film, { time: 1.5, duration: 2, playing: true, speed: 1 }, 0);
    expect(film.currentTime).toBe(1.6);
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
    expect([film.paused, film.currentTime]).toEqual([true, 2.0]);
  });
});
