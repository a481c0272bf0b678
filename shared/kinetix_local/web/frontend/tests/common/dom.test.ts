import { describe, expect, it } from "vitest";
import { safeUrl } from "../../src/common/dom";
import { problemOf } from "../../src/common/http";

describe("what comes from outside", () => {
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
});
