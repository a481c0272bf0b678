/** Texts by key, and what the server says by its English. The language is chosen, else the browser's, else English. */
import { en, type Key } from "../locales/en";
import type { Problem } from "./http";

export type { Key };
export type Language = "en" | "de" | "fr";
export const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch", fr: "Français" };
interface Texts {
  texts: Record<Key, string>;
  messages: Record<string, string>;
}
const ENGLISH: Texts = { texts: en, messages: {} };
/** Each language is a file of its own: a phone loads none but the one that it shows. */
const LOADERS: Record<Language, () => Promise<Texts>> = {
  en: async () => ENGLISH,
  de: async () => ({
    texts: (await import("../locales/de")).de,
    messages: (await import("../locales/messages/de.json")).default,
  }),
  fr: async () => ({
    texts: (await import("../locales/fr")).fr,
    messages: (await import("../locales/messages/fr.json")).default,
  }),
};
const STORED = "kinetix-language";

export function pickLanguage(stored: string | null, wanted: readonly string[]): Language {
  for (const tag of [stored ?? "", ...wanted]) {
    const short = tag.slice(0, 2).toLowerCase();
    if (short in LANGUAGES) return short as Language;
  }
  return "en";
}

let current: Language = "en";
let shown = ENGLISH;
/** What was asked for last: a language that comes after another one was chosen is not shown. */
let wanted: Language = "en";

export function language(): Language {
  return current;
}

export async function startLanguage(): Promise<void> {
  await useLanguage(pickLanguage(remembered(), navigator.languages ?? []));
}

/** Shows this language from now on. Where its file does not come, the page stays as it is. */
export async function useLanguage(chosen: Language, remember = false): Promise<void> {
  wanted = chosen;
  const loaded = await LOADERS[chosen]().catch(() => null);
  if (!loaded || wanted !== chosen) return;
  shown = loaded;
  current = chosen;
  document.documentElement.lang = chosen;
  if (remember) {
    try {
      localStorage.setItem(STORED, chosen);
    } catch {
      document.documentElement.dataset.language = chosen; // private mode without storage: for this page only
    }
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

/** The text of `key` with `{name}` filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return fill(shown.texts[key], values);
}

/** What the server says of a problem; in English where there is no translation. */
export function said(problem: Problem, part: "title" | "nextStep"): string {
  const made = problem.wording?.[part];
  const translated = shown.messages[made?.text ?? problem[part]];
  if (translated === undefined) return problem[part];
  const values = Object.entries(made?.values ?? {}).map(([name, value]) => [name, localized(value)]);
  return fill(translated, Object.fromEntries(values));
}

/** A number of the server's with this language's decimal point; any other value as it is. */
function localized(value: string): string {
  return /^\d+\.\d+$/.test(value) ? Number(value).toLocaleString(current, { useGrouping: false }) : value;
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}
