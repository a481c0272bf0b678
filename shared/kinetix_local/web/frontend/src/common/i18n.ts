/** Texts by key. The language is the person's choice, else the browser's, else English. */
import { de } from "../locales/de";
import { en, type Key } from "../locales/en";

export type { Key };
export type Language = "en" | "de";
export const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch" };
const TABLES: Record<Language, Record<Key, string>> = { en, de };
const STORED = "kinetix-language";

export function pickLanguage(stored: string | null, wanted: readonly string[]): Language {
  for (const tag of [stored ?? "", ...wanted]) {
    const short = tag.slice(0, 2).toLowerCase();
    if (short in TABLES) return short as Language;
  }
  return "en";
}

let current: Language = "en";

export function language(): Language {
  return current;
}

export function startLanguage(): void {
  useLanguage(pickLanguage(remembered(), navigator.languages ?? []));
}

export function useLanguage(chosen: Language, remember = false): void {
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
  return fill(TABLES[current][key], values);
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}
