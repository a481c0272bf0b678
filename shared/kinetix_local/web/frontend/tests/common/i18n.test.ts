import { describe, expect, it } from "vitest";
import { bytes, secondsText } from "../../src/common/format";
import { problemOf } from "../../src/common/http";
import { decimal, LANGUAGES, problemText, t, useLanguage } from "../../src/common/i18n";
import en from "../../src/locales/en.json";
import germanMessages from "../../src/locales/messages/de.json";

const CATALOGUES = import.meta.glob<Record<string, string>>("../../src/locales/*.json", {
  eager: true,
  import: "default",
});
const MESSAGES = import.meta.glob<Record<string, string>>("../../src/locales/messages/*.json", {
  eager: true,
  import: "default",
});
const holes = (text = ""): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((hit) => hit[1] ?? "").sort();

describe("languages", () => {
  it("have every text, with the same placeholders, and the same messages of the server", () => {
    expect(Object.keys(CATALOGUES)).toHaveLength(Object.keys(LANGUAGES).length);
    for (const [file, texts] of Object.entries(CATALOGUES)) {
      expect(Object.keys(texts), file).toEqual(Object.keys(en));
      for (const [key, text] of Object.entries(en)) expect(holes(texts[key]), `${file} ${key}`).toEqual(holes(text));
    }
    const german = Object.keys(germanMessages);
    expect(Object.keys(MESSAGES)).toHaveLength(Object.keys(LANGUAGES).length - 1);
    for (const [file, texts] of Object.entries(MESSAGES))
      expect(Object.keys(texts).sort(), file).toEqual(german.sort());
  });

  it("show one and several in their plural forms", async () => {
    const forms = (): string[] => [1, 2].map((count) => t("retriesLeft", { count }));
    expect(forms()).toEqual(["1 more take possible", "2 more takes possible"]);
    await useLanguage("zh-CN");
    expect(forms()).toEqual(["还可再拍 1 次", "还可再拍 2 次"]);
    await useLanguage("en");
  });

  it("have what the server says, filled in anew, and leave what they lack in English", async () => {
    const text = "The scene changes at {seconds} s.";
    const wording = { title: { text, values: { seconds: "2.5" } } };
    const error = { code: "sceneCut", title: "The scene changes at 2.5 s.", nextStep: "Do a dance.", wording };
    const problem = problemOf(400, { error });
    expect(problemText(problem, "title")).toBe(error.title);
    await useLanguage("de");
    expect(problemText(problem, "title")).toBe(germanMessages[text].replace("{seconds}", "2,5"));
    expect(problemText(problem, "nextStep")).toBe("Do a dance.");
    expect(problemText(problemOf(400, { error: { ...error, wording: 7 } }), "title")).toBe(error.title);
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
});
