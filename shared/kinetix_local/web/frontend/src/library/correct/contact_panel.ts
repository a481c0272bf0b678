/** Controls of the selected contact. */
import { h, quiet, replace } from "../../common/dom";
import { t } from "../../common/i18n";
import { CONTACT_STATES, type ContactCorrection, type ContactState, stateOf, withState } from "./contact";
import type { Frames } from "./correction";

function stateText(state: ContactState): string {
  if (state === "stands" || state === "standsNot") return t(`contact_${state}`);
  return t("contact_touches", { touched: t(`touched_${state}`) });
}

export function contactPanel(changed: (one: ContactCorrection) => void, removed: () => void) {
  let shown: ContactCorrection | null = null;
  let now = 0;
  const state = h("select", {
    onchange: () => shown && changed(withState(shown, state.value as ContactState)),
  });
  const button = (text: string, act: (one: ContactCorrection) => void): HTMLButtonElement =>
    quiet({ onclick: () => shown && act(shown) }, text);
  const begin = button(t("contactBegins"), (one) => changed({ ...one, first: now }));
  const end = button(t("contactEnds"), (one) => changed({ ...one, last: now }));
  const element = h("div.contact", { hidden: true }, state, begin, end, button(t("remove"), removed));

  /** `room`: frames in which it can be. Null without a selection. */
  function show(one: ContactCorrection | null, frame: number, [low, high]: Frames): void {
    const other = one?.kind !== shown?.kind;
    shown = one;
    now = frame;
    element.hidden = !one;
    if (!one) return;
    state.setAttribute("aria-label", t(`${one.kind}_${one.side}`));
    if (other) replace(state, ...CONTACT_STATES[one.kind].map((value) => h("option", { value }, stateText(value))));
    state.value = stateOf(one);
    begin.disabled = frame === one.first || frame < low || frame > one.last;
    end.disabled = frame === one.last || frame < one.first || frame > high;
  }
  return { element, show };
}
