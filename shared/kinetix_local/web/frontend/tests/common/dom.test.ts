import { describe, expect, it } from "vitest";
import { h, safeUrl } from "../../src/common/dom";
import { problemOf } from "../../src/common/http";
import { problemOfCamera } from "../../src/upload/camera";

describe("what comes from outside", () => {
  it("stays text", () => {
    const element = h("p", null, "<img src=x onerror=alert(1)>");
    expect(element.children).toHaveLength(0);
    expect(element.textContent).toContain("<img");
  });

  it("never becomes a script link", () => {
    expect(safeUrl("javascript:alert(1)")).toBe("#");
    expect(safeUrl("/files/a.glb")).toBe(`${window.location.origin}/files/a.glb`);
  });

  it("is understood in every body shape", () => {
    expect(problemOf(403, { error: { code: "a", title: "T", nextStep: "N" } })).toEqual({
      code: "a",
      title: "T",
      nextStep: "N",
    });
    expect(problemOf(403, { errorCode: "b", message: "M" }).title).toBe("M");
    expect(problemOf(502, null)).toEqual({ code: "http502", title: "HTTP 502", nextStep: "" });
  });

  it("names what is wrong with the camera", () => {
    expect(problemOfCamera(new DOMException("", "NotAllowedError"))).toBe("noPermission");
    expect(problemOfCamera(new DOMException("", "NotFoundError"))).toBe("noCamera");
    expect(problemOfCamera(new DOMException("", "NotReadableError"))).toBe("cameraBusy");
  });
});
