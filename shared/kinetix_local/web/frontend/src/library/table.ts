/** Tables of the tabs. */
import { h } from "../common/dom";
import { type Key, locale, t } from "../common/i18n";

export function date(iso: string): string {
  return new Date(iso).toLocaleString(locale());
}

export function table(columns: Key[], rows: (Node | string | number)[][], label: Key): HTMLElement {
  if (!rows.length) return h("p.hint", t("nothing"));
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": t(label) },
    h(
      "table",
      h("thead", h("tr", ...columns.map((column) => h("th", { scope: "col" }, t(column))))),
      h("tbody", ...rows.map((row) => h("tr", ...row.map((cell, at) => named(cell, columns[at]))))),
    ),
  );
}

/** A cell with the name of its column, for phones without a header. */
function named(cell: Node | string | number, column: Key | undefined): HTMLElement {
  return h("td", { "data-column": column ? t(column) : "" }, cell);
}
