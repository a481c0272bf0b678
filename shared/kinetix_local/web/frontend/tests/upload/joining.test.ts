import { describe, expect, it } from "vitest";
import { cameraPanel } from "../../src/upload/joining";
import type { FurtherCamera } from "../../src/upload/page";
import { INITIAL, type State } from "../../src/upload/state";
import type { Upload } from "../../src/upload/upload";
import { LINK } from "./link";

function panelOf(states: FurtherCamera["state"][], address = ""): HTMLElement {
  const cameras = states.map((state, number) => ({ camera: number + 2, state }));
  const added = address ? { camera: 2, link: address, code: "data:image/png;base64,AA==" } : null;
  const state: State = { ...INITIAL, link: { ...LINK, cameras }, added };
  const panel = cameraPanel({} as Upload);
  panel.update?.(state);
  return panel.elements[0] as HTMLElement;
}

describe("several further cameras", () => {
  it.each([
    ["192.168.1.5", 1],
    ["127.0.0.1", 0],
    ["localhost", 0],
    ["[::1]", 0],
  ])("get a link to %s, and %i code that a phone can open", (host, codes) => {
    const shown = panelOf(["awaited"], `http://${host}:8765/?token=t&camera=2`);
    expect(shown.querySelectorAll("img")).toHaveLength(codes);
    expect(shown.querySelector("a")?.href).toContain(host);
  });
});
