import { describe, expect, it } from "vitest";
import { downloads, shownFile } from "../../src/common/downloads";

const file = (name: string, extension: string) => ({ name, extension, url: `/files/${name}.${extension}` });
const files = [
  file("animation", "glb"),
  file("thumbnail", "png"),
  file("animation-v2", "kinanim"),
  file("animation-v2", "glb"),
  file("animation-v2", "bvh"),
  file("animation-v2", "fbx"),
];

describe("the files of an emote", () => {
  it("come in the order of use, the first version's last, each under a name of its own", () => {
    const links = [...downloads(files, "Wave").querySelectorAll("a")];
    expect(links.map((link) => link.textContent)).toEqual(["GLB", "FBX", "BVH", "Kinanim", "GLB, older bone names"]);
    expect(links.map((link) => link.download)).toEqual([
      "Wave.glb",
      "Wave.fbx",
      "Wave.bvh",
      "Wave.kinanim",
      "Wave (animation).glb",
    ]);
    expect(shownFile(files)?.name).toBe("animation-v2");
    expect(shownFile([])).toBeUndefined();
  });

  it("say what each is for, and keep the older ones folded", () => {
    const shown = downloads(files, "Wave");
    expect([...shown.querySelectorAll(":scope > ul .hint")].map((hint) => hint.textContent?.split(":")[0])).toEqual([
      "Blender, Godot, web pages",
      "Unity, Unreal, Maya, MotionBuilder.",
      "Motion only, for programs with their own figure.",
      "Games that use the Kinetix SDK.",
    ]);
    expect(shown.querySelector("details")?.open).toBe(false);
    expect(shown.querySelectorAll("details a")).toHaveLength(1);
    expect(downloads(files.slice(3), "Wave").querySelector("details")).toBeNull();
  });
});
