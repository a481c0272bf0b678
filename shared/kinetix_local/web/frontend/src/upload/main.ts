/** The upload page: from a link or QR code to an emote. */

import { FetchTransport } from "../common/http";
import { startLanguage } from "../common/i18n";
import { Store } from "../common/store";
import { cameraOf, Page, tokenOf } from "./page";
import { showScreens } from "./showing";
import { INITIAL, type State } from "./state";
import { Upload } from "./upload";

const { search } = window.location;
const number = cameraOf(search);
const store = new Store<State>({ ...INITIAL, number });
const upload = new Upload(store, new Page(new FetchTransport(), tokenOf(search), number));

void startLanguage().then(() => {
  showScreens(document.getElementById("page") as HTMLElement, upload);
  void upload.check();
});
window.addEventListener("beforeunload", (event) => {
  if (store.state.screen === "uploading") event.preventDefault();
});
