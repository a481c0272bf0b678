"""Reads the document of a GLB: the JSON that says what its binary part means.

Most of it is the same text in one emote of a figure as in the next: the figure always, which track moves which bone nearly always,
and where the values lie in every emote of the same length, above all in one that is exported again and again. Such a part is
parsed and looked through once; after that it is known by its text, and only the rest is parsed.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

__all__ = ["Common", "Documents"]

Json = dict[str, Any]
_OF_FIGURE = ("scenes", "nodes", "meshes", "materials", "skins")
_OF_CLIP = ("samplers", "channels")
_OF_LAYOUT = ("accessors", "bufferViews")
_MOST_FIGURES = 6  # in use at the same time
_MOST_TEXTS = 6  # that a part which varies may have
_LONGEST = 1 << 20
_HEAD = 24  # enough to tell a part of the figure from others of its name; a search for all of it would cost more than reading it
# Stands where a part was taken out. Nobody can write it into a file beforehand.
_MARK = secrets.token_hex(8)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are no JSON


_DECODER = json.JSONDecoder(parse_constant=_refuse)


@dataclass(slots=True)
class _Part:
    """`"key":[…]` as it stands in the files of a figure.

    Attributes:
        key: its name.
        head: how it begins.
        stub: what stands for it while the rest is parsed.
        texts: how it is known to go on, and what that says, the latest first.
        is_of_figure: whether a document with another text is one of another figure.
    """

    key: str
    head: str
    stub: str
    texts: list[tuple[str, Any]]
    is_of_figure: bool

    def read(self, text: str, at: int) -> tuple[Any, int] | None:
        """What it says and where it ends; None for another figure's. Raises ValueError for what is not JSON."""
        for known, value in self.texts:
            if text.startswith(known, at):
                return value, at + len(known)
        if self.is_of_figure:
            return None
        value, end = _DECODER.raw_decode(text, at + len(self.head) - 1)
        if end - at <= _LONGEST:
            self.texts = [(text[at:end], value), *self.texts[: _MOST_TEXTS - 1]]
        return value, end


@dataclass(frozen=True, slots=True)
class Common:
    """What the documents of one figure have in common.

    Attributes:
        parts: in the order of the file.
        figure: what those of the figure say. Documents share what parts say, so nobody may change it.
        findings: what was learnt by looking at it.
    """

    parts: tuple[_Part, ...]
    figure: Json
    findings: Any

    def read(self, text: str) -> Json | None:
        """The document; None when it is of another figure, or unusual. Raises ValueError for what is not JSON."""
        rest: list[str] = []
        taken: Json = {}
        end = 0
        for part in self.parts:
            at = text.find(part.head, end)
            if at >= 0 and (found := part.read(text, at)) is not None:
                # A part begins and ends where no string can hold it unescaped, so what is left is JSON exactly if it was before.
                rest += (text[end:at], part.stub)
                taken[part.key], end = found
            elif part.is_of_figure:
                return None
        rest.append(text[end:])
        document = _read_all("".join(rest))
        (clip,) = document["animations"]
        if not self.figure.keys() >= document.keys() & set(_OF_FIGURE):
            return None
        for key, value in taken.items():
            holder = clip if key in _OF_CLIP else document
            if holder.get(key) != _MARK:
                return None  # it was taken out elsewhere
            holder[key] = value
        return document


class Documents:
    """Reads documents and knows what those of the last few figures had in common."""

    def __init__(self) -> None:
        self._known: tuple[Common, ...] = ()

    def read(self, text: str) -> tuple[Json, Common] | None:
        """The document, and what it has in common with others; None for a figure that is not known. Raises ValueError, KeyError."""
        for common in self._known:
            if (document := common.read(text)) is not None:
                return document, common
        return None

    def remember(self, text: str, document: Json, findings: Any) -> None:
        """Tells of a sound document, and what was found out about what others will have in common with it."""
        if len(text) > _LONGEST:
            return
        (animation,) = document["animations"]
        figure = {key: document[key] for key in _OF_FIGURE if key in document}
        varying = {key: animation[key] for key in _OF_CLIP} | {key: document[key] for key in _OF_LAYOUT}
        places = {key: _find(text, key, value) for key, value in {**figure, **varying}.items()}
        parts = []
        for key, place in sorted(places.items(), key=lambda item: item[1] or (0, 0)):
            if place is None:
                return  # written in another way
            whole = text[place[0] : place[1]]
            value, is_of_figure = (figure[key], True) if key in figure else (varying[key], False)
            head = whole[:_HEAD] if is_of_figure else f'"{key}":['
            parts.append(_Part(key, head, f'"{key}":"{_MARK}"', [(whole, value)], is_of_figure))
        self._known = (Common(tuple(parts), figure, findings), *self._known[: _MOST_FIGURES - 1])


def _read_all(text: str) -> Json:
    """What `json.loads` gives, without its search for blanks at both ends. Raises ValueError."""
    document, end = _DECODER.raw_decode(text)
    if text[end:].strip(" \t\n\r"):
        raise ValueError(text[end:])
    return dict(document)


def _find(text: str, key: str, value: Any) -> tuple[int, int] | None:
    """Where `value` stands as `"key":[…]`, if it does."""
    head, wanted = f'"{key}":[', json.dumps(value)
    at = text.find(head)
    while at >= 0:
        found, end = _DECODER.raw_decode(text, at + len(head) - 1)
        if json.dumps(found) == wanted:
            return at, end
        at = text.find(head, at + 1)
    return None
