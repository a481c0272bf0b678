"""Reads the document of a GLB: the JSON that says what its binary part means.

Two thirds of it, the figure and which track moves which of its bones, are the same text in every emote of a figure. That text is
parsed and looked through once; in the next emote it is found by its bytes, and only the rest is parsed.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Common", "Documents"]

Json = dict[str, Any]
_OF_FIGURE = ("scenes", "nodes", "meshes", "materials", "skins")
_OF_CLIP = ("samplers", "channels")
_MOST = 6  # figures in use at the same time
_LONGEST = 1 << 20
_HEAD = 24  # enough to tell a member from others of its name; a search for all of it would cost more than reading it
# Stands where a member was taken out. Nobody can write it into a file beforehand.
_MARK = secrets.token_hex(8)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are no JSON


_decode = json.JSONDecoder(parse_constant=_refuse).decode


@dataclass(frozen=True, slots=True)
class _Member:
    """`"key":[…]` as it stands in a file.

    Attributes:
        head, text: how it begins, and all of it.
        stub: what stands for it while the rest is parsed.
        is_needed: whether a document without it is one of another figure.
    """

    head: bytes
    text: bytes
    stub: bytes
    is_needed: bool


@dataclass(frozen=True, slots=True)
class Common:
    """What the documents of one figure have in common.

    Attributes:
        members: in the order of the file.
        figure, clip: what they say, of the document and of its one animation. Documents share them, so nobody may change them.
        findings: what was learnt by looking at them.
    """

    members: tuple[_Member, ...]
    figure: Json
    clip: Json
    findings: Any

    def read(self, text: bytes) -> Json | None:
        """The document; None when it is of another figure. Raises ValueError for what is not JSON."""
        rest: list[bytes] = []
        end = 0
        for member in self.members:
            at = text.find(member.head, end)
            if at >= 0 and text.startswith(member.text, at):
                # A member begins and ends where no string can hold it unescaped, so what is left is JSON exactly if it was before.
                rest += (text[end:at], member.stub)
                end = at + len(member.text)
            elif member.is_needed:
                return None
        rest.append(text[end:])
        document: Json = _decode(b"".join(rest).decode("utf-8"))
        for key in _OF_FIGURE:
            if key not in self.figure:
                if key in document:
                    return None
            elif document.get(key) != _MARK:
                return None  # it was taken out elsewhere
            else:
                document[key] = self.figure[key]
        (clip,) = document["animations"]
        for key in _OF_CLIP:
            if clip.get(key) == _MARK:
                clip[key] = self.clip[key]
        return document


class Documents:
    """Reads documents and knows what those of the last few figures had in common."""

    def __init__(self) -> None:
        self._known: tuple[Common, ...] = ()

    def read(self, text: bytes) -> tuple[Json, Common] | None:
        """The document, and what it has in common with others; None for a figure that is not known. Raises ValueError, KeyError."""
        for common in self._known:
            if (document := common.read(text)) is not None:
                return document, common
        return None

    def remember(self, text: bytes, document: Json, findings: Any) -> None:
        """Tells of a sound document, and what was found out about what others will have in common with it."""
        if len(text) > _LONGEST:
            return
        (animation,) = document["animations"]
        figure = {key: document[key] for key in _OF_FIGURE if key in document}
        clip = {key: animation[key] for key in _OF_CLIP}
        members = dict(_members(text.decode("utf-8"), figure, clip))
        if len(members) == len(figure) + len(clip):
            common = Common(tuple(member for _, member in sorted(members.items())), figure, clip, findings)
            self._known = (common, *self._known[: _MOST - 1])


def _members(text: str, figure: Json, clip: Json) -> Iterator[tuple[int, _Member]]:
    """Where the members lie, as far as they are written as `"key":[…]`."""
    for key, value in {**figure, **clip}.items():
        head, wanted = f'"{key}":[', json.dumps(value)
        at = text.find(head)
        while at >= 0:
            found, end = json.JSONDecoder().raw_decode(text, at + len(head) - 1)
            if json.dumps(found) == wanted:
                whole, stub = text[at:end].encode("utf-8"), f'"{key}":"{_MARK}"'.encode("ascii")
                yield at, _Member(whole[:_HEAD], whole, stub, key in figure)
                break
            at = text.find(head, at + 1)
