/** What is asked of the clip that was sent: who of several is captured, if half a body is enough, or another clip. */
import { h } from "../common/dom";
import { said, t } from "../common/i18n";
import type { Choice, SeenPerson } from "./page";
import type { State } from "./state";
import { type Actions, note, type View } from "./view";

export function choiceOf(person: SeenPerson | null): Choice {
  if (!person) return { people: "all" };
  const [seconds, x, y] = person.at;
  return { people: "one", person: `${seconds.toFixed(3)},${x.toFixed(4)},${y.toFixed(4)}` };
}

export function choosing(state: State, actions: Actions): View {
  const choose = (person: SeenPerson | null) => () => actions.choosePerson(choiceOf(person));
  const pictures = state.people.map((person, index) =>
    h(
      "li",
      null,
      h(
        "button",
        { type: "button", onclick: choose(person), "aria-label": t("chosenPerson", { number: index + 1 }) },
        h("img", { src: `data:image/jpeg;base64,${person.jpeg}`, alt: "" }),
        h("span", null, String(index + 1)),
      ),
    ),
  );
  const section = h(
    "section",
    { class: "card center" },
    h("h1", null, t("peopleTitle")),
    h("p", null, t("peopleHint")),
    note(state),
    h("ul", { class: "people" }, ...pictures),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "main", onclick: choose(null) }, t("everybody")),
      h("button", { type: "button", class: "quiet", onclick: () => actions.backToChoice() }, t("otherClip")),
    ),
  );
  return { elements: [section] };
}

/** No feet are in the picture: the upper body alone can become an emote. */
export function half(state: State, actions: Actions): View {
  const button = (words: "captureUpper" | "captureAnyway", upper: boolean) =>
    h(
      "button",
      { type: "button", class: upper ? "main" : "quiet", onclick: () => actions.captureBody(upper) },
      t(words),
    );
  const section = h(
    "section",
    { class: "card center" },
    h("h1", null, t("halfTitle")),
    h("p", null, t("halfHint")),
    note(state),
    h(
      "div",
      { class: "actions" },
      button("captureUpper", true),
      h("button", { type: "button", onclick: () => actions.backToChoice() }, t("otherClip")),
      button("captureAnyway", false),
    ),
  );
  return { elements: [section] };
}

/** Nobody can be seen in it: the link is still good for another clip. */
export function hopeless(state: State, actions: Actions): View {
  const problem = state.problem ?? { code: "", title: t("failedTitle"), nextStep: "" };
  const section = h(
    "section",
    { class: "card center" },
    h("h1", null, t("hopelessTitle")),
    h("p", { class: "reason", role: "alert" }, said(problem, "title")),
    problem.nextStep ? h("p", null, said(problem, "nextStep")) : null,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "main", onclick: () => actions.backToChoice() }, t("otherClip")),
      h("button", { type: "button", class: "quiet", onclick: () => actions.startWithout() }, t("tryAnyway")),
    ),
  );
  return { elements: [section] };
}
