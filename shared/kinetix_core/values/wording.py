"""Sentences with something filled in, which keep what they were made from: so they can be said in another language later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

# Of what another program sends: characters of a template and of a value, how many values there are room for, and how deep they nest.
_LONGEST, _MOST_VALUES, _DEEPEST = 1000, 20, 2


class Worded(str):
    """The English sentence, as any text; `template` has {names} where `values` stand.

    Another language translates the template and fills it in (`in_other_words`). A `Worded` value is translated too.
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
        values = {
            name: value.changed(change) if isinstance(value, Worded) else change(value)
            for name, value in self.values.items()
        }
        again, whole = Worded(self.template, values), change(str(self))
        return again if again == whole else whole

    def in_other_words(self, translate: Callable[[str], str]) -> str:
        """The sentence in the language of `translate`, or as it is where the translation has other names in it."""
        values = {
            name: value.in_other_words(translate) if isinstance(value, Worded) else value
            for name, value in self.values.items()
        }
        try:
            return _filled(translate(self.template), values)
        except (KeyError, ValueError):
            return str(self)

    def as_json(self) -> dict[str, Any]:
        """`text` and `values`, as the wire has it: what `restored` reads."""
        values = {name: value.as_json() if isinstance(value, Worded) else value for name, value in self.values.items()}
        return {"text": self.template, "values": values}


def worded(template: str, /, **values: object) -> Worded:
    """`template` with its {names} filled in. Numbers come as they are to be read."""
    kept = {name: value if isinstance(value, Worded) else str(value) for name, value in values.items()}
    return Worded(template, kept)


def sentence(text: str) -> Worded:
    """A whole sentence or a word of ours, to be filled in where it is to be translated with the rest."""
    if isinstance(text, Worded):
        return text
    return Worded("{text}", {"text": text}) if "{" in text or "}" in text else Worded(text, {})


def wording_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the templates and values of the filled-in sentences by name; `restored` reads them.

    For a list of sentences it is a list, with None for plain ones.
    """
    made: dict[str, Any] = {}
    for name, text in said.items():
        if isinstance(text, Worded):
            made[name] = text.as_json()
        elif isinstance(text, list | tuple) and any(isinstance(one, Worded) for one in text):
            made[name] = [one.as_json() if isinstance(one, Worded) else None for one in text]
    return made


def restored(data: dict[str, Any]) -> dict[str, Any]:
    """An object of JSON, its messages made `Worded` again where its `wording` says how: for `json.loads` too."""
    wording = data.get("wording")
    for name, made in wording.items() if isinstance(wording, dict) else ():
        said = data.get(name)
        if isinstance(said, list) and isinstance(made, list):
            data[name] = [*map(_again, said, made), *said[len(made) :]]
        elif isinstance(said, str):
            data[name] = _again(said, made)
    return data


def _again(said: Any, made: Any) -> Any:
    """Return the text as `Worded` if it was made as one."""
    try:
        again = _made(made)
    except (AttributeError, KeyError, TypeError, ValueError):
        return said
    return again if said == again else said


def _made(data: Any, depth: int = 0) -> Worded:
    """Raises AttributeError, KeyError, TypeError or ValueError for what is no wording, or has no end."""
    text, values = str(data["text"]), data["values"].items()
    if len(values) > _MOST_VALUES or depth > _DEEPEST:
        raise ValueError("too much to fill in")
    filled = {key: _made(value, depth + 1) if isinstance(value, dict) else str(value) for key, value in values}
    if max(map(len, [text, *filled.values()])) > _LONGEST:
        raise ValueError("too long")
    return Worded(text, filled)


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Only {names} are filled in: a width or an attribute in a template of somebody else's could ask for anything."""
    for _, name, spec, conversion in Formatter().parse(template):
        if name is not None and (spec or conversion or not name.isidentifier()):
            raise ValueError("only names are filled in")
    return template.format_map(values)
