/** Half a page of filming tips, each with a drawing. */
import { h } from "../common/dom";
import { type Key, t } from "../common/i18n";
import alone from "../tips/alone.svg";
import light from "../tips/light.svg";
import still from "../tips/still.svg";
import whole from "../tips/whole.svg";

const TIPS: [string, Key, Key][] = [
  [whole, "tipWhole", "tipWholeHow"],
  [still, "tipStill", "tipStillHow"],
  [light, "tipLight", "tipLightHow"],
  [alone, "tipAlone", "tipAloneHow"],
];

export function tips(): HTMLElement {
  return h(
    "section.card.tips",
    { "aria-labelledby": "tips" },
    h("h2", { id: "tips" }, t("tipsTitle")),
    h(
      "ul",
      ...TIPS.map(([picture, what, how]) =>
        h("li", h("img", { src: picture, alt: "", width: 96, height: 66 }), h("p", h("strong", t(what)), " ", t(how))),
      ),
    ),
  );
}
