import { expect, it } from "vitest";
import { HttpError, type Transport } from "../../src/common/http";
import { testConnection } from "../../src/upload/connection";
import { Page } from "../../src/upload/page";

it("takes any answer for a connection, and says when it is slow", async () => {
  const refusal = new HttpError(403, { code: "x", title: "x", nextStep: "" }, null);
  let time = 0;
  const clock = (): number => {
    time += 900;
    return time;
  };
  const page = new Page({ call: () => Promise.reject(refusal) } as Transport, "t");
  expect(await testConnection(page, () => true, clock)).toEqual({ kind: "slow", ms: 900 });
});
