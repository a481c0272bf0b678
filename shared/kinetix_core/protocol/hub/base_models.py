"""Base classes of the hub protocol's models, and its errors."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.alias_generators import to_camel

from kinetix_core.translations import translated
from kinetix_core.values.errors import ConflictError, ErrorKind, InputError, KinetixError, MissingError
from kinetix_core.values.wording import restored, wording_of


def _whole_text(value: str) -> str:
    if "\0" in value:
        raise ValueError("a text has no zero character")
    return value


Text = Annotated[str, Field(max_length=4096), AfterValidator(_whole_text)]


class Model(BaseModel):
    """Snake case here, camel case on the wire. A field that a newer hub adds is left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    def to_json(self) -> bytes:
        """The JSON text."""
        try:
            return self.model_dump_json(by_alias=True).encode()
        except ValueError:  # a file's name need not be text: escaped it is valid JSON all the same
            return json.dumps(self.as_dict(), separators=(",", ":")).encode()

    def as_dict(self) -> dict[str, JsonValue]:
        """Return the JSON of `to_json` as Python values."""
        return self.model_dump(mode="json", by_alias=True)


class AsNamed(Model):
    """Snake case on the wire too."""

    model_config = ConfigDict(alias_generator=None)


class Wording(Model):
    """A sentence before it was filled in: `text` with {names}, and what stands for them, perhaps a sentence of that kind again."""

    text: str
    values: dict[str, str | Wording]


_SENTENCES = ("title", "detail", "next_step", "message", "text", "hints")


class Message(Model):
    """Sentences for a person. `wording` has those that were filled in, by their field, for who says them in another language.

    Of a field with several sentences it is a list, with null for those that are as they stand.
    """

    wording: dict[str, Wording | list[Wording | None]] = Field(default_factory=dict, exclude_if=lambda made: not made)

    @model_validator(mode="before")
    @classmethod
    def _keep_wording(cls, given: object) -> object:
        if not isinstance(given, dict) or "wording" in given:
            return given
        return {**given, "wording": wording_of({to_camel(name): said for name, said in given.items()})}

    def translated(self) -> Self:
        """Return a copy with its sentences in the language that the environment chooses."""
        changed = {
            name: [translated(each) for each in said] if isinstance(said, list) else translated(said)
            for name, said in self._sentences().items()
        }
        return self.model_copy(update=changed)

    def _sentences(self) -> dict[str, Any]:
        """Return the sentences by field; those that were filled in are `Worded`."""
        aliases = {name: to_camel(name) for name in _SENTENCES if name in type(self).model_fields}
        said = {alias: getattr(self, name) for name, alias in aliases.items()}
        wording = {
            alias: made
            for alias, made in self.model_dump(include={"wording"}).get("wording", {}).items()
            if alias in said
        }
        made = restored({**said, "wording": wording})
        return {name: made[alias] for name, alias in aliases.items()}


_CLASSES = {ErrorKind.MISSING: MissingError, ErrorKind.INVALID_INPUT: InputError, ErrorKind.CONFLICT: ConflictError}


class ErrorInfo(Message):
    """Error: title and next step for people; `kind` and `code` for programs.

    `command`: the terminal command for the next step; editors hide it.
    """

    kind: ErrorKind = ErrorKind.INTERNAL
    code: str
    title: str
    detail: str = ""
    next_step: str = ""
    command: str = ""

    @classmethod
    def of(cls, error: KinetixError) -> ErrorInfo:
        return cls.model_validate(error.as_dict())

    def raised(self) -> KinetixError:
        """Return the error as an exception of the class that its kind has."""
        return _CLASSES.get(self.kind, KinetixError)(
            **self._sentences(), kind=self.kind, code=self.code, command=self.command
        )


class TemporaryError(ErrorInfo):
    """Why a job waits: it keeps its state and goes on by itself."""

    temporary: Literal[True]  # without a default: it tells this error from the other one

    @classmethod
    def of(cls, error: KinetixError) -> TemporaryError:
        return cls.model_validate({**error.as_dict(), "temporary": True})
