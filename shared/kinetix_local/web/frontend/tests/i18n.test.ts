import { describe, expect, it } from "vitest";
import { fill, pickLanguage } from "../src/common/i18n";
import { de } from "../src/locales/de";
import { en } from "../src/locales/en";

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((hit) => hit[1] ?? "").sort();

// What the developers' tabs say; everything else is for players and artists.
const DEVELOPERS = ["user", "users", "world", "worlds"];
const DEVELOPERS_WORD = /\b(hub|services?|users?|worlds?|Dienste?|Nutzer|Welt(en)?)\b/i;

describe("languages", () => {
  it("name the parts of the program and what a developer manages in the developers' tabs alone", () => {
    for (const texts of [en, de]) {
      const found = Object.entries(texts).filter(([, text]) => DEVELOPERS_WORD.test(text));
      expect(found.map(([key]) => key).sort()).toEqual(DEVELOPERS);
    }
  });

  it("have the same placeholders in every text", () => {
    for (const [key, text] of Object.entries(en)) expect(holes(de[key as keyof typeof en]), key).toEqual(holes(text));
  });

  it("are picked from the choice, then the browser, then English", () => {
    expect(pickLanguage("de", ["en-GB"])).toBe("de");
    expect(pickLanguage(null, ["fr-FR", "de-AT"])).toBe("de");
    expect(pickLanguage(null, ["fr"])).toBe("en");
  });

  it("leave unknown placeholders alone", () => {
    expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
  });
});
