import { describe, expect, it } from "vitest";
import { apiTime, bytes, clock } from "../../src/common/format";

describe("numbers", () => {
  it("writes the API's times without losing a second at the turn", () => {
    expect(apiTime(0)).toBe("00:00:00.000");
    expect(apiTime(2.9996)).toBe("00:00:03.000");
    expect(apiTime(59.9999)).toBe("00:01:00.000");
    expect(apiTime(3661.25)).toBe("01:01:01.250");
    expect(apiTime(-1)).toBe("00:00:00.000");
  });

  it("writes sizes and clocks for people", () => {
    expect(bytes(999)).toBe("999 B");
    expect(bytes(1_540_000)).toBe("1.5 MB");
    expect(bytes(104_857_600)).toBe("105 MB");
    expect(clock(125)).toBe("2:05");
    expect(clock(-3)).toBe("0:00");
  });
});
