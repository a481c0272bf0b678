/** Show the screen of the state: rebuild another one, update the same. */

import { announce, h, replace } from "../common/dom";
import { t } from "../common/i18n";
import { languageChoice } from "../common/languages";
import { edit } from "./edit";
import { awaiting, joined } from "./joining";
import { choosing, half, hopeless } from "./people";
import * as screens from "./screens";
import type { Screen, State } from "./state";
import type { Upload } from "./upload";
import type { View } from "./view";

export function showScreens(root: HTMLElement, upload: Upload): void {
  const { store } = upload;
  let view: View | null = null;
  const show = (state: State): void => {
    view?.leave?.();
    view = SCREENS[state.screen](state, upload);
    document.title = t("title");
    const choice = languageChoice(() => show(store.state));
    replace(root, h("header", h("span.brand", t("title")), choice), ...view.elements);
    root.dataset.screen = state.screen;
    view.update?.(state);
    const title = root.querySelector("h1");
    if (title) {
      announce(title.textContent ?? "");
      title.tabIndex = -1;
      title.focus({ preventScroll: true });
    }
  };
  store.subscribe((state, before) => {
    const now = shape(state);
    const then = shape(before);
    if (now.some((value, index) => value !== then[index])) show(state);
    else view?.update?.(state);
  });
  show(store.state);
}

const SCREENS: Record<Screen, (state: State, upload: Upload) => View> = {
  checking: () => ({ elements: [h("section.card.center", h("p", t("checking")))] }),
  gate: screens.gate,
  choose: screens.choose,
  camera: (state, upload) => (upload.filming.stream ? screens.camera : screens.choose)(state, upload),
  edit,
  uploading: screens.uploading,
  people: choosing,
  half,
  hopeless,
  awaiting,
  joined,
  processing: screens.processing,
  result: screens.result,
  refused: screens.refused,
};

/** Parts of the state that need another screen. */
function shape(state: State): unknown[] {
  const take = state.take;
  return [
    state.screen,
    state.gate,
    state.clip,
    state.screen === "camera" ? null : state.note,
    state.screen === "result" ? [take?.status, take?.uuid, state.busy].join() : null,
    state.problem,
  ];
}
