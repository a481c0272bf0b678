import { describe, expect, it } from "vitest";
import type { EmoteRow } from "../../src/common/answers";
import { clipOf } from "../../src/library/api";
import { matches } from "../../src/library/emotes";
import { together } from "../../src/library/group";

describe("the library", () => {
  it("finds rows by any words, case and accents aside", () => {
    expect(matches("", "anything")).toBe(true);
    expect(matches("cafe dance", "Café", "a DANCE")).toBe(true);
    expect(matches("cafe jump", "Café", "a dance")).toBe(false);
  });

  it("keeps the people of one clip together, from left to right, in each bag by itself", () => {
    const row = (entry: number, user: string, person = 0): EmoteRow =>
      ({ entry, user, world: "w", group: person ? { id: "g", person } : null }) as EmoteRow;
    const rows = [row(5, "a", 2), row(4, "a"), row(3, "a", 1), row(2, "b", 1), row(1, "a")];
    expect(together(rows).map((group) => group.map(({ entry }) => entry))).toEqual([[3, 5], [4], [2], [1]]);
  });

  it("shows the clip from where the emote begins", () => {
    const clip = { url: "/clip", start: 1.5 };
    expect(clipOf({ clip: null, group: null } as EmoteRow)).toBeNull();
    expect(clipOf({ clip, group: null } as EmoteRow)).toEqual(clip);
    expect(clipOf({ clip, group: { startS: 0.4 } } as EmoteRow)).toEqual({ url: "/clip", start: 1.9 });
  });
});
