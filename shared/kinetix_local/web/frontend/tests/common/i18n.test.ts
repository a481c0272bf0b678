import { describe, expect, it } from "vitest";
import { bytes, secondsText } from "../../src/common/format";
import { problemOf } from "../../src/common/http";
import { decimal, fill, pickLanguage, said, t, useLanguage } from "../../src/common/i18n";
import de from "../../src/locales/de.json";
import en from "../../src/locales/en.json";
import fr from "../../src/locales/fr.json";
import germanMessages from "../../src/locales/messages/de.json";

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((hit) => hit[1] ?? "").sort();

// What the developers' tabs say; everything else is for players and artists.
const DEVELOPERS = ["user", "users", "world", "worlds"];
const DEVELOPERS_WORD =
  /\b(hub|services?|users?|worlds?|Dienste?|Nutzer|Welt(en)?|utilisateurs?|(?<!tout le )mondes?)\b/i;

describe("languages", () => {
  it("name the parts of the program and what a developer manages in the developers' tabs alone", () => {
    for (const texts of [en, de, fr]) {
      const found = Object.entries(texts).filter(([, text]) => DEVELOPERS_WORD.test(text));
      expect(found.map(([key]) => key).sort()).toEqual(DEVELOPERS);
    }
  });

  it("have the same placeholders in every text", () => {
    for (const [key, text] of Object.entries(en))
      for (const texts of [de, fr]) expect(holes(texts[key as keyof typeof en]), key).toEqual(holes(text));
  });

  it("are picked from the choice, then the browser, then English", () => {
    expect(pickLanguage("de", ["en-GB"])).toBe("de");
    expect(pickLanguage(null, ["it-IT", "de-AT"])).toBe("de");
    expect(pickLanguage(null, ["fr-CA"])).toBe("fr");
    expect(pickLanguage(null, ["it"])).toBe("en");
  });

  it("have what the server says, filled in anew, and leave what they lack in English", async () => {
    const text = "The scene changes at {seconds} s.";
    const wording = { title: { text, values: { seconds: "2.5" } } };
    const error = { code: "sceneCut", title: "The scene changes at 2.5 s.", nextStep: "Do a dance.", wording };
    const problem = problemOf(400, { error });
    expect(said(problem, "title")).toBe(error.title);
    await useLanguage("de");
    expect(said(problem, "title")).toBe(germanMessages[text].replace("{seconds}", "2,5"));
    expect(said(problem, "nextStep")).toBe("Do a dance.");
    expect(said(problemOf(400, { error: { ...error, wording: 7 } }), "title")).toBe(error.title);
    await useLanguage("en");
  });

  it("have the decimal point of their language, in what the page counts itself too", async () => {
    const shown = () => [secondsText(2), bytes(1_540_000), decimal(0.25), t("tooShort", { seconds: 0.3 })];
    expect(shown().slice(0, 3)).toEqual(["2.0\u00a0s", "1.5 MB", "0.25"]);
    for (const language of ["de", "fr"] as const) {
      await useLanguage(language);
      expect(shown().slice(0, 3)).toEqual(["2,0\u00a0s", "1,5 MB", "0,25"]);
      expect(shown()[3]).toContain("0,3 s");
    }
    await useLanguage("en");
  });

  it("leave unknown placeholders alone", () => {
    expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
  });
});
