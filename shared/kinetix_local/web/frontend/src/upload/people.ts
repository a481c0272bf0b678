/** Questions about a sent clip: which person, and whether the upper body is enough. */
import { button, h, quiet } from "../common/dom";
import { problemText, t } from "../common/i18n";
import type { Choice, SeenPerson } from "./page";
import type { State } from "./state";
import type { Upload } from "./upload";
import { centered, note, type View } from "./view";

export function choiceOf(person: SeenPerson | null): Choice {
  if (!person) return { people: "all" };
  const [seconds, x, y] = person.at;
  return { people: "one", person: `${seconds.toFixed(3)},${x.toFixed(4)},${y.toFixed(4)}` };
}

export function choosing(state: State, upload: Upload): View {
  const choose = (person: SeenPerson | null) => () => upload.submit({ choice: choiceOf(person) });
  const pictures = state.people.map((person, index) =>
    h(
      "li",
      button(
        { onclick: choose(person), "aria-label": t("chosenPerson", { number: index + 1 }) },
        h("img", { src: `data:image/jpeg;base64,${person.jpeg}`, alt: "" }),
        h("span", String(index + 1)),
      ),
    ),
  );
  return centered(
    "peopleTitle",
    h("p", t("peopleHint")),
    note(state),
    h("ul.people", ...pictures),
    h(
      "div.actions",
      button({ class: "main", onclick: choose(null) }, t("wholeGroup")),
      quiet({ onclick: () => upload.backToChoice() }, t("otherClip")),
    ),
  );
}

/** Screen for a clip without feet. */
export function half(state: State, upload: Upload): View {
  const captures = (words: "captureUpper" | "captureAnyway", upper: boolean) =>
    button({ class: upper ? "main" : "quiet", onclick: () => upload.submit({ upper }) }, t(words));
  return centered(
    "halfTitle",
    h("p", t("halfHint")),
    note(state),
    h(
      "div.actions",
      captures("captureUpper", true),
      button({ onclick: () => upload.backToChoice() }, t("otherClip")),
      captures("captureAnyway", false),
    ),
  );
}

/** Screen for a clip without people. */
export function hopeless(state: State, upload: Upload): View {
  const problem = state.problem ?? { code: "", title: t("failedTitle"), nextStep: "" };
  return centered(
    "hopelessTitle",
    h("p.reason", { role: "alert" }, problemText(problem, "title")),
    problem.nextStep ? h("p", problemText(problem, "nextStep")) : null,
    h(
      "div.actions",
      button({ class: "main", onclick: () => upload.backToChoice() }, t("otherClip")),
      quiet({ onclick: () => upload.submit() }, t("tryAnyway")),
    ),
  );
}
