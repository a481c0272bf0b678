"""Cutting of an emote into several, where its take rests or repeats, or at given times. The original stays."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kinetix_core.io import files
from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.answers import CutProposal, TakePart
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import EmoteId
from kinetix_core.values.wording import worded
from kinetix_hub.library.emote import MAX_NAME, Emote
from kinetix_hub.library.library import Library
from kinetix_hub.library.verify import inspect_glb, sha256_of

if TYPE_CHECKING:  # numpy comes with the first emote that is cut, not with the hub's start
    from kinetix_core.motion.editing.cutting import Part
    from kinetix_core.motion.motion import Motion


class Cutting:
    """Cutting of emotes. Every method blocks."""

    def __init__(self, library: Library, glb: Callable[[str], Path]) -> None:
        """`glb`: returns the file of an emote, fetched if needed."""
        self._library, self._glb = library, glb

    def parts(self, emote_id: str, at: Sequence[float] = ()) -> CutProposal:
        """Return the parts between the times `at`, in seconds; the proposed parts if there are none.

        Raises:
            InputError: it cannot be cut at these times.
            FormatError: the file is damaged.
        """
        _, found = _parts(self._glb(emote_id), at)
        return CutProposal(parts=[TakePart(start_s=part.start_s, end_s=part.end_s, why=part.why) for part in found])

    def cut(self, emote_id: str, at: Sequence[float] = (), chosen: Sequence[int] | None = None) -> list[models.Emote]:
        """Create emotes of the parts with these numbers, counted from 1, or of all parts: all of them or none.

        Raises:
            InputError: as in `parts`, or there is no such part, or nothing to cut.
            FormatError: the file is damaged.
        """
        glb, original = self._glb(emote_id), self._library.index.get(emote_id)
        motion, parts = _parts(glb, at)
        numbers = sorted(set(chosen or range(1, len(parts) + 1)))
        if len(parts) < 2:
            raise InputError(
                "This emote has no rest and no repetition to cut at.",
                code="nothingToCut",
                next_step="Give the seconds to cut at.",
            )
        if numbers[-1] > len(parts):
            raise InputError(
                worded("There is no part {number}.", number=numbers[-1]),
                code="noSuchPart",
                next_step=worded("Choose one of the {count} parts.", count=len(parts)),
            )
        with contextlib.ExitStack() as staged:
            made, now = [], time.time()
            for number in numbers:
                emote = _emote_of(original, number, now)
                folder = self._library.staging(f"cut-{emote.id}")
                staged.callback(self._library.clear, folder.name)
                self._write(emote, folder, glb, motion, parts[number - 1])
                made.append((folder, emote))
            self._library.add_all(made)
        return [emote.public(self._library.root) for _, emote in made]

    def _write(self, emote: Emote, folder: Path, glb: Path, motion: Motion, part: Part) -> None:
        """Write a part into the staging folder and update its emote."""
        from kinetix_core.formats import glb as format_glb
        from kinetix_core.motion.editing import cutting

        found, target = cutting.cut(motion, part).with_(name=emote.name), folder / f"{FileKind.GLB}.glb"
        body = format_glb.read_character(glb)
        data = format_glb.write_onto(body, [found]) if len(body.faces) else format_glb.write_emote(found)
        files.write(target, data, private=True, durable=False)
        picture = self._library.file(emote.cut_from or "", FileKind.THUMBNAIL)
        if picture is not None:
            files.copy(picture, folder / f"{FileKind.THUMBNAIL}{picture.suffix}", private=True, durable=False)
        summary = inspect_glb(target)
        emote.sha256 = sha256_of(target)
        emote.duration_s, emote.fps, emote.frames = summary.duration_s, summary.fps, summary.frames
        emote.body = summary.body


def _parts(glb: Path, at: Sequence[float]) -> tuple[Motion, list[Part]]:
    from kinetix_core.formats import glb as format_glb
    from kinetix_core.motion.editing import cutting

    motion = format_glb.read_motion(glb)
    return motion, cutting.at_times(motion, at) if at else cutting.propose(motion)


def _emote_of(original: Emote, number: int, now: float) -> Emote:
    """Return the metadata of a part's emote before its file is written."""
    return Emote(
        id=EmoteId(str(uuid.uuid4())),
        name=f"{original.name[: MAX_NAME - 4]} {number}",
        folder="",
        profile=original.profile,
        user=original.user,
        sha256=original.sha256,
        bytes=0,
        created=now - number / 1000,  # the newest is listed first, and that shall be the first part
        used=now,
        mature=original.mature,
        cut_from=original.id,
    )
