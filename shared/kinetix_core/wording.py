"""Sentences with something filled in, which keep what they were made from: so they can be said in another language later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

__all__ = ["Worded", "restored", "worded", "wording_of"]

# Of what another program sends: characters of a template and of a value, and how many values there are room for.
_LONGEST, _MOST_VALUES = 1000, 20


class Worded(str):
    """The English sentence, as any text; `template` has {names} where `values` stand.

    Who shows it in another language translates the template and fills it in again (`in_other_words`).
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, str]

    def __new__(cls, template: str, values: Mapping[str, str]) -> Worded:
        """Raises KeyError or ValueError for a template that asks for something else."""
        made = super().__new__(cls, _filled(template, values))
        made.template, made.values = template, dict(values)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Worded, (self.template, self.values)

    def changed(self, change: Callable[[str], str]) -> str:
        """The sentence after `change`, which keeps its making where that comes to the same."""
        values = {name: change(value) for name, value in self.values.items()}
        again, whole = Worded(self.template, values), change(str(self))
        return again if again == whole else whole

    def in_other_words(self, translate: Callable[[str], str]) -> str:
        """The sentence in the language of `translate`, or as it is where the translation has other names in it."""
        try:
            return _filled(translate(self.template), self.values)
        except (KeyError, ValueError):
            return str(self)


def worded(template: str, /, **values: object) -> Worded:
    """`template` with its {names} filled in. Numbers come as they are to be read."""
    return Worded(template, {name: str(value) for name, value in values.items()})


def wording_of(said: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What the filled in sentences among these were made from, by their names: what `restored` reads."""
    made = {name: text for name, text in said.items() if isinstance(text, Worded)}
    return {name: {"text": text.template, "values": text.values} for name, text in made.items()}


def restored(told: dict[str, Any]) -> dict[str, Any]:
    """An object of JSON, its messages made `Worded` again where its `wording` says how: for `json.loads` too."""
    wording = told.get("wording")
    for name, made in wording.items() if isinstance(wording, dict) else ():
        try:
            text, values = str(made["text"]), {key: str(value) for key, value in made["values"].items()}
            if len(values) > _MOST_VALUES or max(map(len, [text, *values.values()])) > _LONGEST:
                continue
            again = Worded(text, values)
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
        if told.get(name) == again:
            told[name] = again
    return told


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Only {names} are filled in: a width or an attribute in a template of somebody else's could ask for anything."""
    for _, name, spec, conversion in Formatter().parse(template):
        if name is not None and (spec or conversion or not name.isidentifier()):
            raise ValueError("only names are filled in")
    return template.format_map(values)
