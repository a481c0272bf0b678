import { describe, expect, it } from "vitest";
import { HttpError, type Transport, Unreachable } from "../../src/common/http";
import { connectionHelp, testConnection } from "../../src/upload/connection";

const answering = (error?: Error): Transport => ({
  async call() {
    if (error) throw error;
    return {};
  },
});
const refusal = new HttpError(403, { code: "x", title: "x", nextStep: "" }, null);
const clock = (step: number): (() => number) => {
  let time = 0;
  return () => {
    time += step;
    return time;
  };
};

describe("the connection test", () => {
  it("takes any answer for a connection, and says when it is slow", async () => {
    expect(await testConnection(answering(), "/", () => true, clock(12))).toEqual({ kind: "reached", ms: 12 });
    expect(await testConnection(answering(refusal), "/", () => true, clock(900))).toEqual({ kind: "slow", ms: 900 });
  });

  it("tells a phone without a network from a computer that is silent", async () => {
    expect(await testConnection(answering(), "/", () => false)).toEqual({ kind: "noNetwork" });
    expect(await testConnection(answering(new Unreachable("x")), "/", () => true)).toEqual({ kind: "silent" });
  });

  it("shows the verdict beside the remedies", async () => {
    const help = connectionHelp(answering(new Unreachable("x")), "/", true);
    help.querySelector("button")?.click();
    await new Promise((done) => setTimeout(done));
    expect(help.querySelector<HTMLElement>("[role=status]")?.dataset.outcome).toBe("silent");
    expect(help.querySelector("button")?.disabled).toBe(false);
    expect(help.querySelectorAll("li")).toHaveLength(5);
  });
});
