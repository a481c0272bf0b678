"""Emote files onto a character's file: one in this process, many on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kinetix_core import formats
from kinetix_core.formats import glb
from kinetix_core.io import files
from kinetix_core.io.os_errors import from_os_error
from kinetix_core.motion.cleanup import foot_skate
from kinetix_core.motion.mapping import vrm
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.wording import worded
from kinetix_tools import opening
from kinetix_tools.preview import pictures

_PER_TASK = 8
"""Emotes handed to a process at a time: a progress bar that moves, and little traffic."""
_KNOWN = 64
"""Skeletons of emotes whose bones are remembered."""
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_PREVIEWS = (".gif", ".webp", ".png")


@dataclass(frozen=True)
class Job:
    """One emote: where it is, where the result goes, where its preview goes, and which clip of it is meant (the first)."""

    emote: Path
    out: Path
    preview: Path | None = None
    clip: str | None = None


@dataclass(frozen=True)
class Done:
    """The result of a job, or what was wrong with it.

    Attributes:
        clip, clips: the name of the clip that was taken, and those of all in the emote's file.
        foot_skate: `foot_skate.added`, 0 where the feet were locked or the way was not meant to fit the legs.
    """

    job: Job
    frames: int = 0
    duration_s: float = 0.0
    clip: str = ""
    clips: tuple[str, ...] = ()
    foot_skate: float = 0.0
    error: KinetixError | None = None


@dataclass(frozen=True)
class Wanted:
    """A character's file, its bone map if it is given, and how emotes are put on it."""

    character: Path
    bone_map: Path | None
    options: RetargetOptions
    max_error_m: float | None = None


@dataclass(frozen=True, eq=False)
class Fitting:
    """A character with what is needed to put emotes on it."""

    character: glb.Character
    target_map: BoneMap
    options: RetargetOptions
    max_error_m: float | None = None
    known: dict[Any, BoneMap] = field(default_factory=dict)

    def fit(self, motion: Motion) -> Motion:
        """The motion on the character's skeleton."""
        return retarget(
            motion,
            self.character.skeleton,
            source_map=self._source_map(motion.skeleton),
            target_map=self.target_map,
            options=self.options,
        )

    def foot_skate(self, motion: Motion, fitted: Motion) -> float:
        """`foot_skate.added` of a motion and what `fit` made of it, as far as the options meant the feet to stand."""
        if self.options.foot_lock or self.options.root == "in_place" or not self.options.scale_path:
            return 0.0
        return foot_skate.added(motion, self._source_map(motion.skeleton), fitted, self.target_map)

    def _source_map(self, skeleton: Skeleton) -> BoneMap:
        """The bones of an emote: those of a batch mostly share one skeleton, and finding them takes longer than moving them."""
        rest = (skeleton.rest_translations, skeleton.rest_rotations)
        key = (skeleton.names, skeleton.parents.tobytes(), *(part.astype(np.float32).tobytes() for part in rest))
        if key not in self.known:
            if len(self.known) >= _KNOWN:
                self.known.clear()
            self.known[key] = map_bones(skeleton)
        return self.known[key]


def load_fitting(wanted: Wanted) -> Fitting:
    """Read the character and find its bones.

    Raises:
        FormatError: the character or the map cannot be read.
        InputError: it is another kind of file.
    """
    if not formats.is_gltf(wanted.character):
        raise InputError(
            worded("“{file}” is not a character: it is no GLB file.", file=wanted.character.name),
            code="badFile",
            next_step="Choose a GLB or VRM file, or an FBX or .blend file, which Blender opens.",
        )
    read = glb.read_character(wanted.character)
    if wanted.bone_map:
        target_map = BoneMap.load(wanted.bone_map, read.skeleton)
    else:
        target_map = vrm.bone_map(read.document.json, read.skeleton, read.rig.nodes)
    return Fitting(read, target_map, wanted.options, wanted.max_error_m)


def put_on(fitting: Fitting, job: Job) -> Done:
    """Reads, retargets and writes one emote.

    Raises:
        KinetixError: it cannot be read, or put on this character.
    """
    read, names = opening.read_one(job.emote, job.clip)
    motion = fitting.fit(read)
    data = formats.with_body(motion, fitting.character, job.out.suffix, max_error_m=fitting.max_error_m)
    files.write(job.out, data)
    if job.preview is not None:
        preview(fitting, motion, job.preview)
    return Done(job, len(motion), motion.duration, motion.name, tuple(names), fitting.foot_skate(read, motion))


def check_preview(path: Path) -> None:
    """Raises InputError unless the ending is that of a picture which is written."""
    if path.suffix.lower() not in _PREVIEWS:
        raise InputError(
            worded("“{file}” is not a preview format.", file=path.name),
            code="badOption",
            next_step=worded("Name a file that ends in {endings}.", endings=", ".join(_PREVIEWS)),
        )


def preview(fitting: Fitting, motion: Motion, path: Path) -> None:
    """Write a .gif, .webp or .png of the character moving. Raises InputError for another suffix."""
    if path.suffix.lower() == ".png":
        pictures.write_thumbnail(motion, path, figure=fitting.character)
    else:
        pictures.write_animation(motion, path, figure=fitting.character)


def put_on_all(wanted: Wanted, jobs: Sequence[Job], *, processes: int | None = None) -> Iterator[Done]:
    """Yield every job as it is done; one that fails carries its error and stops no other.

    Raises:
        KinetixError: the character cannot be read, or a process died.
    """
    count = min(processes or os.cpu_count() or 1, -(-len(jobs) // _PER_TASK))
    if count <= 1:
        fitting = load_fitting(wanted)
        for job in jobs:
            yield _tried(fitting, job)
        return
    spawn = multiprocessing.get_context("spawn")
    # Together they fill the cores; more threads would get in each other's way. Numpy reads this when a process starts.
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    with ProcessPoolExecutor(count, spawn, _begin, (wanted,)) as pool:
        tasks = [pool.submit(_some, jobs[at : at + _PER_TASK]) for at in range(0, len(jobs), _PER_TASK)]
        try:
            for task in as_completed(tasks):
                yield from task.result()
        except (GeneratorExit, KeyboardInterrupt):  # nobody wants the rest
            pool.shutdown(cancel_futures=True)
            raise
        except BrokenProcessPool as error:
            raise KinetixError(
                "A process of the batch ended unexpectedly.",
                code="processDied",
                next_step="Free some memory, or try again with --processes 1.",
            ) from error


_fitting: Fitting | None = None
"""Of a process of the batch: the character is read once in each."""


def _begin(wanted: Wanted) -> None:
    global _fitting
    _fitting = load_fitting(wanted)


def _some(jobs: Sequence[Job]) -> list[Done]:
    assert _fitting is not None
    return [_tried(_fitting, job) for job in jobs]


def _tried(fitting: Fitting, job: Job) -> Done:
    try:
        return put_on(fitting, job)
    except KinetixError as error:
        return Done(job, error=error)
    except OSError as error:
        return Done(job, error=from_os_error(error))
