/** Texts by key, and what the server says by its English. The language is chosen, else the browser's, else English. */
import { de } from "../locales/de";
import { en, type Key } from "../locales/en";
import { fr } from "../locales/fr";
import germanMessages from "../locales/messages/de.json";
import frenchMessages from "../locales/messages/fr.json";
import type { Problem } from "./http";

export type { Key };
export type Language = "en" | "de" | "fr";
export const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch", fr: "Français" };
const TABLES: Record<Language, Record<Key, string>> = { en, de, fr };
const MESSAGES: Record<Language, Record<string, string>> = { en: {}, de: germanMessages, fr: frenchMessages };
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

/** What the server says of a problem; in English where there is no translation. */
export function said(problem: Problem, part: "title" | "nextStep"): string {
  const made = problem.wording?.[part];
  const translated = MESSAGES[current][made?.text ?? problem[part]];
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
