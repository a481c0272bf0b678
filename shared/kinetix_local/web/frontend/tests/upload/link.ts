/** A link and its take as the service returns them. */
import type { PageState, Take } from "../../src/upload/page";

export const LINK: PageState = {
  state: "open",
  expireIn: 200,
  retake: false,
  received: 0,
  name: "",
  limits: { minSeconds: 1, maxSeconds: 10, maxBytes: 1, upperBody: true, face: true },
  cameras: [],
  kept: false,
  mostCameras: 4,
  process: null,
};

export const TAKE = { uuid: "u", name: "n", status: "processing" } as Take;
