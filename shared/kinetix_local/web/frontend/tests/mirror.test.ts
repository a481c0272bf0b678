import { describe, expect, it } from "vitest";
import { Director, type Phase } from "../src/mirror/director";
import { extent, type Fault, faults, Judgement, type Observation } from "../src/mirror/judgement";
import { isHandUp } from "../src/mirror/movement";
import { LEAST_RATE, Pace } from "../src/mirror/pace";
import recorded from "./observations.json";

const RATE = 15;

/** What the networks saw of a scene (tests/web/scenes.py), as the page gets it. */
function scene(name: keyof typeof recorded.scenes): Observation[] {
  return recorded.scenes[name].map(({ body, ...seen }) => ({
    ...seen,
    change: 0,
    body: body?.map(([x = 0, y = 0, visibility = 0]) => ({ x, y, visibility })) ?? null,
  }));
}

const one = (name: keyof typeof recorded.scenes): Observation => scene(name)[0] as Observation;
const good = one("good");
const still = (seen: Observation, seconds: number): Observation[] => Array(Math.round(seconds * RATE)).fill(seen);

/** Pictures one after the other, with the times at which a camera gives them. */
function film(pictures: Observation[]): Observation[] {
  return pictures.map((seen, index) => ({ ...seen, time: 100 + index / RATE }));
}

describe("what is wrong with a picture", () => {
  it.each([
    ["near", "tooNear"],
    ["dark", "tooDark"],
    ["two", "severalPeople"],
    ["far", "tooFar"],
    ["feet", "feetOut"],
    ["head", "headOut"],
  ] as const)("%s", (name, fault) => {
    const judgement = new Judgement();
    const told = film(still(one(name), 2)).map((seen) => judgement.see(seen));
    expect(told.at(-1)).toBe(fault);
  });

  it("is nothing where somebody stands well", () => {
    expect(faults(good, new Set())).toEqual(new Set());
  });

  it("is the camera when all of the background changes", () => {
    expect(faults({ ...good, change: 0.6 }, new Set())).toEqual(new Set(["cameraMoves"]));
  });

  it("is nobody, and somebody who stands at the edge", () => {
    expect(faults({ ...good, people: 0, body: null }, new Set())).toContain("nobody");
    const aside = good.body?.map((point) => ({ ...point, x: point.x + 0.5 })) ?? null;
    expect(faults({ ...good, body: aside }, new Set())).toEqual(new Set(["aside"]));
  });
});

describe("the word that is told", () => {
  it("does not flicker when a fault comes and goes from picture to picture", () => {
    const judgement = new Judgement();
    film(still(good, 2)).map((seen) => judgement.see(seen));
    const flicker = Array.from({ length: 60 }, (_, index) => (index % 3 ? good : { ...good, people: 2 }));
    const told = flicker.map((seen, index) => judgement.see({ ...seen, time: 102 + index / RATE }));
    expect(new Set(told)).toEqual(new Set([null]));
  });

  it("changes once at the edge between well and too near", () => {
    const judgement = new Judgement();
    const { top, bottom } = extent(good.body ?? []);
    const taller = (height: number): Observation => {
      const y = (before: number): number => 0.5 + ((before - (top + bottom) / 2) * height) / (bottom - top);
      return { ...good, body: good.body?.map((point) => ({ ...point, y: y(point.y) })) ?? null };
    };
    // Somebody who sways at the limit by 1 %, with a step towards the camera half way.
    const swaying = Array.from({ length: 150 }, (_, index) =>
      taller((index < 75 ? 0.95 : 0.97) + 0.01 * Math.sin(index)),
    );
    const told = film(swaying).map((seen) => judgement.see(seen));
    const changes = told.filter((fault, index) => index > 0 && fault !== told[index - 1]);
    expect(changes).toEqual([null, "tooNear"]);
  });
});

/** The phases that a film leads to, one after the other, and the last direction. */
function directed(pictures: Observation[], longest = 10) {
  const director = new Director(longest, recorded.aspect);
  const directions = film(pictures).map((seen) => director.see(seen));
  const phases = directions
    .map(({ phase }) => phase)
    .filter((phase, index, all) => phase !== all[index - 1]) satisfies Phase[];
  return { phases, directions, last: directions.at(-1) };
}

describe("filming", () => {
  const move = scene("good");
  const rest = move.at(-1) as Observation;

  it("begins once all is well, and ends when somebody rests after the move", () => {
    const { phases, last } = directed([...still(good, 6), ...move, ...still(rest, 3)]);
    expect(phases).toEqual(["watching", "countdown", "recording", "over"]);
    expect(last?.seconds).toBeLessThan(6);
  });

  it("counts down", () => {
    const { directions } = directed(still(good, 6));
    const counted = directions.filter(({ phase }) => phase === "countdown").map(({ left }) => left);
    expect([...new Set(counted)]).toEqual([3, 2, 1]);
  });

  it("does not end before the move, and never lasts longer than an emote may", () => {
    const { phases, last } = directed(still(good, 20), 8);
    expect(phases.at(-1)).toBe("over");
    expect(last?.seconds).toBeCloseTo(8, 0);
  });

  it("waits again when somebody steps out during the countdown", () => {
    const { phases } = directed([...still(good, 3), ...still(one("near"), 2)]);
    expect(phases).toEqual(["watching", "countdown", "watching"]);
  });

  it.each(["near", "dark", "two", "far", "feet", "head"] as const)("does not begin by itself: %s", (name) => {
    expect(directed(still(one(name), 10)).phases).toEqual(["watching"]);
  });

  it("begins by a raised hand, whatever is wrong but nobody", () => {
    const hand = one("hand");
    expect(isHandUp(hand.body ?? [])).toBe(true);
    expect(isHandUp(good.body ?? [])).toBe(false);
    const dark: Observation = { ...hand, light: 0.02 };
    expect(directed(still(dark, 6)).phases).toEqual(["watching", "countdown", "recording"]);
    const faultsThen: Fault | null | undefined = directed(still(dark, 2)).last?.fault;
    expect(faultsThen).toBe("tooDark");
  });
});

describe("the pace", () => {
  const paced = (seconds: number, looks: number): Pace => {
    const pace = new Pace();
    for (let look = 0; look < looks; look += 1) pace.took(look < 3 ? 1 : seconds);
    return pace;
  };

  it("is too slow below the least rate, by the median and not by the first pictures", () => {
    expect(paced(1 / (LEAST_RATE + 1), 20).isTooSlow).toBe(false);
    expect(paced(1 / (LEAST_RATE - 1), 20).isTooSlow).toBe(true);
  });

  it("is not judged by a few pictures", () => {
    expect(paced(1, 10).rate).toBeNull();
  });
});
