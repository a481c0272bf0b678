/** The choice of a page's language. */
import { h } from "./dom";
import { LANGUAGES, type Language, language, t, useLanguage } from "./i18n";

/** `onLanguage` is called when another language was chosen. */
export function languageChoice(onLanguage: () => void): HTMLElement {
  const select = h(
    "select",
    { id: "language", "aria-label": t("language") },
    ...Object.entries(LANGUAGES).map(([code, label]) => h("option", { value: code }, label)),
  );
  select.value = language();
  select.addEventListener("change", () => {
    void useLanguage(select.value as Language, true).then(onLanguage);
  });
  return select;
}
