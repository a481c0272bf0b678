/** Texts by key, and the server's texts by their English. The language is chosen, else the browser's, else English. */
import en from "../locales/en.json";
import { HttpError, type Problem, type Wording } from "./http";

export type Key = keyof typeof en;
export const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  "pt-BR": "Português (Brasil)",
  ja: "日本語",
  "zh-CN": "简体中文",
};
export type Language = keyof typeof LANGUAGES;
interface Texts {
  texts: Record<Key, string>;
  messages: Record<string, string>;
}
const ENGLISH: Texts = { texts: en, messages: {} };
/** Each catalogue is a file of its own: a phone loads none but those of the language that it shows. */
const TEXTS = import.meta.glob<Texts["texts"]>(["../locales/*.json", "!../locales/en.json"], { import: "default" });
const MESSAGES = import.meta.glob<Texts["messages"]>("../locales/messages/*.json", { import: "default" });
/** An error with a text of its own. */
export class LocalizedError extends Error {
  constructor(readonly key: Key) {
    super(key);
  }
}

const STORED = "kinetix-language";

/** Return the language with the primary subtag of `tag`: Simplified Chinese for zh-Hant too. */
function languageOf(tag: string): Language | undefined {
  const primary = (one: string): string => one.toLowerCase().split(/[-_]/, 1)[0] ?? "";
  return (Object.keys(LANGUAGES) as Language[]).find((one) => primary(one) === primary(tag));
}

export function pickLanguage(stored: string | null, wanted: readonly string[]): Language {
  return [stored ?? "", ...wanted].map(languageOf).find((one) => one !== undefined) ?? "en";
}

async function load(chosen: Language): Promise<Texts> {
  if (chosen === "en") return ENGLISH;
  const file = `${chosen.replace("-", "_")}.json`;
  const [texts, messages] = await Promise.all([
    TEXTS[`../locales/${file}`]?.(),
    MESSAGES[`../locales/messages/${file}`]?.(),
  ]);
  return { texts: texts ?? en, messages: messages ?? {} };
}

let current: Language = "en";
let shown = ENGLISH;
/** Requested last; a language that loads later than another choice is dropped. */
let wanted: Language = "en";

export function language(): Language {
  return current;
}

/** Null where the browser blocks it. */
function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

export async function startLanguage(): Promise<void> {
  await useLanguage(pickLanguage(storage()?.getItem(STORED) ?? null, navigator.languages));
}

/** Show this language from now on. Where its file does not come, the page stays as it is. */
export async function useLanguage(chosen: Language, remember = false): Promise<void> {
  wanted = chosen;
  const loaded = await load(chosen).catch(() => null);
  if (!loaded || wanted !== chosen) return;
  shown = loaded;
  current = chosen;
  document.documentElement.lang = chosen;
  if (remember) storage()?.setItem(STORED, chosen);
}

/** The text of `key` with `{name}` filled in; in the plural form of `count` if there is one. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const filled = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "number" ? decimal(value) : value,
  ]);
  const form = "count" in values ? `${key}_${new Intl.PluralRules(current).select(Number(values.count))}` : key;
  return fill(shown.texts[form in shown.texts ? (form as Key) : key], Object.fromEntries(filled));
}

/** The text of a key made of a server's word, undefined if that word is unknown. */
export function knownText(key: string): string | undefined {
  return key in shown.texts ? t(key as Key) : undefined;
}

/** A number with this language's decimal point, with so many digits after it or as many as it has. */
export function decimal(value: number, digits?: number): string {
  const places = digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString(current, { useGrouping: false, ...places });
}

/** The browser's variant of this language, as British English, for dates. */
export function locale(): string {
  return navigator.languages.find((one) => languageOf(one) === current) ?? current;
}

/** Translate a part of a problem. */
export function problemText(problem: Problem, part: "title" | "nextStep"): string {
  return translated(problem[part], problem.wording?.[part]);
}

/** Return title and next step in one line. */
export function inOneLine(problem: Problem): string {
  return `${problemText(problem, "title")} ${problemText(problem, "nextStep")}`.trim();
}

/** Return title and next step of a refusal; any other error means an unreachable server. */
export function refusal(error: unknown): string {
  return error instanceof HttpError ? inOneLine(error.problem) : t("offlineTitle");
}

/** Translate a sentence of the server, or return it as it is. */
export function translated(sentence: string, made?: Wording | null): string {
  const template = shown.messages[made?.text ?? sentence];
  return template === undefined ? sentence : filledAgain(template, made?.values ?? {});
}

function filledAgain(text: string, given: Wording["values"]): string {
  const values = Object.entries(given).map(([name, value]) => [name, localized(value)]);
  return fill(text, Object.fromEntries(values));
}

/** A number with this language's decimal point, a sentence in this language; any other value as it is. */
function localized(value: string | Wording): string {
  if (typeof value !== "string") return translated(filledAgain(value.text, value.values), value);
  return /^\d+\.\d+$/.test(value) ? decimal(Number(value)) : value;
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (match, name: string) => (name in values ? String(values[name]) : match));
}
