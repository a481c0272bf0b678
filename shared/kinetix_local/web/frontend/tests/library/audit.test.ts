import { describe, expect, it } from "vitest";
import type { AuditEntry, AuditPage } from "../../src/common/answers";
import { AuditLog, what, who } from "../../src/library/audit";

const page = (ids: number[], more = false): AuditPage => ({
  entries: ids.map((id) => ({ id, action: "add_key" }) as AuditEntry),
  actors: ["key bo"],
  more,
});

/** A library that answers each read when the test says so. */
function scripted() {
  const requests: [string | undefined, number | undefined][] = [];
  const answers: { give(answer: AuditPage): void; refuse(error: Error): void }[] = [];
  const auditLog = (actor?: string, before?: number): Promise<AuditPage> => {
    requests.push([actor, before]);
    return new Promise((give, refuse) => answers.push({ give, refuse }));
  };
  return { requests, answers, log: new AuditLog({ auditLog }, () => {}) };
}

const ids = (log: AuditLog): number[] => log.entries.map(({ id }) => id);

describe("the audit log", () => {
  it("goes on below the oldest entry that is shown", async () => {
    const { requests, answers, log } = scripted();
    const first = log.newest();
    answers[0]?.give(page([9, 8], true));
    await first;
    const second = log.older();
    await log.older(); // a second click asks for nothing twice
    answers[1]?.give(page([7]));
    await second;
    expect(requests).toEqual([
      ["", undefined],
      ["", 8],
    ]);
    expect([ids(log), log.more, log.actors]).toEqual([[9, 8, 7], false, ["key bo"]]);
  });

  it("shows nothing of one person under another's name", async () => {
    const { answers, log } = scripted();
    const everybody = log.newest();
    const one = log.newest("key bo");
    answers[1]?.give(page([3]));
    await one;
    answers[0]?.give(page([4, 3]));
    await everybody;
    expect([log.actor, ids(log)]).toEqual(["key bo", [3]]);
  });

  it("keeps what it has when a read fails, and goes on from there", async () => {
    const { answers, log } = scripted();
    const first = log.newest();
    answers[0]?.give(page([9], true));
    await first;
    const failing = log.older();
    answers[1]?.refuse(new Error("gone"));
    await failing;
    expect([ids(log), log.reading, (log.error as Error).message]).toEqual([[9], false, "gone"]);
    const again = log.older();
    answers[2]?.give(page([8]));
    await again;
    expect([ids(log), log.error]).toEqual([[9, 8], null]);
  });

  it("says who and what in words, and as it is what it does not know", () => {
    expect(["administrator", "command line, ann", "key bo", "key ", "robot"].map(who)).toEqual([
      "Administrator",
      "ann (command line)",
      "bo",
      "A key without a name",
      "robot",
    ]);
    expect([what("add_key"), what("paint_it_blue")]).toEqual(["Created a key", "paint it blue"]);
  });
});
