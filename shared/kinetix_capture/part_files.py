"""Emotes of the parts of one that was delivered, each with every file that a capture delivers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinetix_capture import deliver
from kinetix_capture.interface import Delivery
from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.formats.figure import on_mannequin
from kinetix_core.motion.editing import cutting
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import FormatError, InputError
from kinetix_core.values.take_parts import NamedPart, PartKind


def propose(emote: Path) -> list[cutting.Part]:
    """The parts of an emote's GLB, in order; a single one where nothing in it rests or repeats. Raises FormatError."""
    return cutting.propose(_read(emote))


def cut(emote: Path, wanted: Sequence[NamedPart], folder: Path) -> list[Delivery]:
    """Write the files of each part of an emote's GLB into a folder of its own below `folder`.

    Raises:
        InputError: a part is not within the emote, or too short to move.
        FormatError: the GLB is damaged, or it is not of the mannequin.
    """
    take, made = _read(emote), []
    for number, one in enumerate(wanted, 1):
        part = cutting.cut(take, cutting.Part(one.start_s, one.end_s, PartKind.CHOSEN))
        if one.end_s > take.duration + 1 / take.fps or len(part) < 2:
            raise InputError(
                f"There is no part from {one.start_s:g} to {one.end_s:g} s.",
                code="badCut",
                next_step=f"Choose an end after the start, between 0 and {take.duration:.1f} s.",
            )
        place = folder / f"part-{number}"
        place.mkdir()
        made.append(deliver.write_all(part.with_(name=one.name), place))
    return made


def _read(emote: Path) -> Motion:
    """Read the motion with the mannequin's own bone names, from which those of every file are derived."""
    found = glb.read_motion(emote)
    if not on_mannequin(found.skeleton):
        raise FormatError(
            "This emote is on a figure of its own.",
            next_step="Cut it in Blender or Godot, or by `kinetix emote cut`.",
        )
    return found.with_(skeleton=mannequin.load("1k").skeleton)
