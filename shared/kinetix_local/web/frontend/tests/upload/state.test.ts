import { describe, expect, it } from "vitest";
import type { Clip } from "../../src/upload/clip";
import { type FurtherCamera, tokenOf } from "../../src/upload/page";
import { choiceOf } from "../../src/upload/people";
import {
  clipHasMore,
  INITIAL,
  nameFits,
  offersFace,
  type State,
  sameClipAgain,
  screenOf,
} from "../../src/upload/state";
import { LINK as link, TAKE as take } from "./link";

describe("which screen", () => {
  it("follows the token", () => {
    expect(screenOf(link).screen).toBe("choose");
    expect(screenOf({ ...link, state: "expired" }).gate?.title).toBe("expiredTitle");
    expect(screenOf({ ...link, state: "unknown" }).gate?.title).toBe("unknownTitle");
    expect(screenOf({ ...link, state: "used" }).gate?.title).toBe("usedTitle");
  });

  it("reads only a real token from the link", () => {
    expect(tokenOf("?token=0B5C6D00-1111-4222-8333-444455556666&expire=x")).toBe(
      "0b5c6d00-1111-4222-8333-444455556666",
    );
    expect(tokenOf("?token=../../etc")).toBe("");
    expect(tokenOf("")).toBe("");
  });

  it("names everybody in the clip by a word", () => {
    expect(choiceOf(null)).toEqual({ people: "all" });
  });

  it("checks names as the contract does", () => {
    for (const name of ["", "Moon", "sixteen letters!"]) expect(nameFits(name), name).toBe(true);
    for (const name of ["abc", "seventeen letters", "fire 🔥 dance"]) expect(nameFits(name), name).toBe(false);
  });

  it("offers the face of one camera's clip, where the service captures faces", () => {
    expect(offersFace({ link })).toBe(true);
    expect(offersFace({ link: { ...link, limits: { ...link.limits, face: false } } })).toBe(false);
    expect(offersFace({ link: { ...link, cameras: [{ camera: 2, state: "awaited" } as FurtherCamera] } })).toBe(false);
    expect(offersFace({ link: null })).toBe(false);
  });
});

describe("the same clip again", () => {
  const clip: Clip = { blob: new Blob(), name: "a.mp4", url: "blob:a", duration: 9, width: 9, height: 16 };
  const sent: State = { ...INITIAL, screen: "refused", link, clip, name: "Wave", span: { start: 0, end: 4 }, sent: 7 };

  it("keeps what was chosen for a clip that was refused", () => {
    const state = { ...sent, face: true, asking: true, take: { ...take, status: "failed" as const } };
    const { name, span, face, asking, sent: bytes, screen } = sameClipAgain(state);
    expect({ name, span, face, asking, bytes, screen }).toEqual({
      name: "Wave",
      span: { start: 0, end: 4 },
      face: true,
      asking: false,
      bytes: 0,
      screen: "checking",
    });
  });

  it("begins after the part that became an emote, without its name", () => {
    const { name, span } = sameClipAgain({ ...sent, take: { ...take, status: "done" } });
    expect({ name, span }).toEqual({ name: "", span: { start: 4, end: 9 } });
  });

  it("is offered where there is more of it", () => {
    expect(clipHasMore(sent)).toBe(true);
    expect(clipHasMore({ ...sent, span: { start: 0, end: 8.5 } })).toBe(false);
    expect(clipHasMore({ ...sent, clip: null })).toBe(false);
  });
});
