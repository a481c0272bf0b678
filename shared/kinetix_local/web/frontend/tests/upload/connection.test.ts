import { expect, it } from "vitest";
import { HttpError, type Transport } from "../../src/common/http";
import { testConnection } from "../../src/upload/connection";

it("takes any answer for a connection, and says when it is slow", async () => {
  const refusal = new HttpError(403, { code: "x", title: "x", nextStep: "" }, null);
  let time = 0;
  const clock = (): number => {
    time += 900;
    return time;
  };
  const transport = { call: () => Promise.reject(refusal) } as Transport;
  expect(await testConnection(transport, "/", () => true, clock)).toEqual({ kind: "slow", ms: 900 });
});
