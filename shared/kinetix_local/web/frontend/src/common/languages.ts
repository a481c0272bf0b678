/** The choice of a page's language. */
import { select } from "./dom";
import { LANGUAGES, type Language, language, t, useLanguage } from "./i18n";

/** `onLanguage` is called when another language was chosen. */
export function languageChoice(onLanguage: () => void): HTMLElement {
  return select({ id: "language", "aria-label": t("language") }, Object.entries(LANGUAGES), language(), (chosen) => {
    void useLanguage(chosen as Language, true).then(onLanguage);
  });
}
