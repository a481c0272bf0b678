"""Sentences with something filled in, which keep what they were made from: so they can be said in another language later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Worded", "restored", "worded"]


class Worded(str):
    """The English sentence, as any text; `template` has {names} where `values` stand.

    Who shows it in another language translates the template and fills it in again (`in_other_words`).
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, str]

    def __new__(cls, template: str, values: Mapping[str, str]) -> Worded:
        """Raises KeyError, IndexError or ValueError for a template that asks for something else."""
        made = super().__new__(cls, template.format_map(values))
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
            return translate(self.template).format_map(self.values)
        except (KeyError, IndexError, ValueError):
            return str(self)


def worded(template: str, /, **values: object) -> Worded:
    """`template` with its {names} filled in. Numbers come as they are to be read."""
    return Worded(template, {name: str(value) for name, value in values.items()})


def restored(told: dict[str, Any]) -> dict[str, Any]:
    """An object of the hub's JSON, its messages made `Worded` again where its `wording` says how: for `json.loads`."""
    wording = told.get("wording")
    for name, made in wording.items() if isinstance(wording, dict) else ():
        try:
            again = Worded(str(made["text"]), {key: str(value) for key, value in made["values"].items()})
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            continue
        if told.get(name) == again:
            told[name] = again
    return told
