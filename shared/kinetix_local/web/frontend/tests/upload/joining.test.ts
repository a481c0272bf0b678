import { describe, expect, it } from "vitest";
import { cameraPanel } from "../../src/upload/joining";
import type { FurtherCamera, PageState } from "../../src/upload/page";
import { INITIAL, type State } from "../../src/upload/state";
import type { Actions } from "../../src/upload/view";

const link: PageState = {
  state: "open",
  expireIn: 200,
  retake: false,
  received: 0,
  name: "",
  limits: { minSeconds: 1, maxSeconds: 10, maxBytes: 1, upperBody: true, face: true },
  cameras: [{ camera: 2, state: "awaited" }],
  kept: false,
  mostCameras: 4,
  process: null,
};

function panel(address: string): HTMLElement {
  const state: State = {
    ...INITIAL,
    link,
    added: { camera: 2, link: address, code: "data:image/png;base64,AA==" },
  };
  return cameraPanel(state, {} as Actions).elements[0] as HTMLElement;
}

describe("the way in for a further camera", () => {
  it("is a code to scan, and the same link", () => {
    const shown = panel("http://192.168.1.5:8765/?token=t&camera=2");
    expect(shown.querySelectorAll("img")).toHaveLength(1);
    expect(shown.querySelector("a")?.href).toContain("192.168.1.5");
  });

  it.each(["127.0.0.1", "localhost", "[::1]"])("is no code where only this computer can open it: %s", (host) => {
    const shown = panel(`http://${host}:8765/?token=t&camera=2`);
    expect(shown.querySelectorAll("img")).toHaveLength(0);
    expect(shown.querySelector("a")?.href).toContain(host);
  });
});

function panelOf(states: FurtherCamera["state"][], mostCameras = 4): HTMLElement {
  const cameras = states.map((state, number) => ({ camera: number + 2, state }));
  const state: State = { ...INITIAL, link: { ...link, cameras, mostCameras } };
  return cameraPanel(state, {} as Actions).elements[0] as HTMLElement;
}

describe("several further cameras", () => {
  it.each([
    [["here"], "Add one more camera"],
    [["awaited"], "Add a camera"],
    [["arrived", "awaited"], "Add one more camera"],
    [["here", "arrived", "sending"], undefined],
  ] as const)("that are %s leave the button %s", (states, button) => {
    expect(panelOf([...states]).querySelector("button")?.textContent).toBe(button);
  });

  it("are told each by its number", () => {
    const said = [...panelOf(["arrived", "here"]).querySelectorAll('[role="status"] p')].map((one) => one.textContent);
    expect(said).toEqual(["The clip of camera 2 has arrived", "Camera 3 is here"]);
  });
});
