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
    "section",
    { class: "card tips", "aria-labelledby": "tips" },
    h("h2", { id: "tips" }, t("tipsTitle")),
    h(
      "ul",
      null,
      ...TIPS.map(([picture, what, how]) =>
        h(
          "li",
          null,
          h("img", { src: picture, alt: "", width: 96, height: 66 }),
          h("p", null, h("strong", null, t(what)), " ", t(how)),
        ),
      ),
    ),
  );
}
