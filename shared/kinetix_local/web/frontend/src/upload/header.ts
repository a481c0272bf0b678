/** What stands above every screen: whose page it is, and the choice of the language. */
import { h } from "../common/dom";
import { LANGUAGES, type Language, language, t, useLanguage } from "../common/i18n";

/** `onLanguage` is called when another language was chosen. */
export function header(onLanguage: () => void): HTMLElement {
  const select = h(
    "select",
    { "aria-label": t("language"), class: "language" },
    ...Object.entries(LANGUAGES).map(([code, label]) => h("option", { value: code }, label)),
  );
  select.value = language();
  select.addEventListener("change", () => {
    useLanguage(select.value as Language, true);
    onLanguage();
  });
  return h("header", null, h("span", { class: "brand" }, t("title")), select);
}
