import { expect, it } from "vitest";
import { choiceOf } from "../../src/upload/people";

it("names one of several people by a moment and a place, and everybody by a word", () => {
  expect(choiceOf({ at: [1.25, 0.4, 0.66666], jpeg: "", upperOnly: false })).toEqual({
    people: "one",
    person: "1.250,0.4000,0.6667",
  });
  expect(choiceOf(null)).toEqual({ people: "all" });
});
