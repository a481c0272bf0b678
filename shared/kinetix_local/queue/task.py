"""Entry point of a worker process: the capture with progress and cancellation through files, so that any executor works."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kinetix_capture import thread_count
from kinetix_capture.interface import (
    CaptureRequest,
    ClipPart,
    Deliver,
    Delivery,
    Progress,
)
from kinetix_core.io import files
from kinetix_core.serving.garbage import collect_rarely
from kinetix_core.serving.process import lower_priority
from kinetix_core.values.capture_settings import Pixels
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.failure import CaptureStage
from kinetix_core.values.take_parts import NamedPart

if TYPE_CHECKING:
    from kinetix_core.protocol.hub.answers import TakePart

_EVERY_S = 0.1


class Cancelled(KinetixError):
    """Nobody wants this capture any more."""

    def __init__(self) -> None:
        super().__init__("The capture was cancelled.", code="cancelled", next_step="Start it again whenever you like.")


def prepare_worker(workers: int = 1) -> None:
    """Once per worker process, of so many: leave Ctrl-C to the parent, be polite to the desktop, and never outlive the parent."""
    import multiprocessing

    thread_count.share_cores(workers)
    # Before numpy is loaded: the capture brings its own threads, and a threaded BLAS sums in another order.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lower_priority()
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def _function(name: str) -> Deliver:
    module, _, attribute = name.partition(":")
    return cast(Deliver, getattr(importlib.import_module(module), attribute))


def warm(function: str) -> None:
    """Import the capture in its worker while the player still films."""
    _function(function)


def look(function: str, kind: str, part: ClipPart) -> Any:
    """What a quick look (`precheck` or `seen_people`) of the capture's module finds; None where it has no such look."""
    found = getattr(importlib.import_module(function.partition(":")[0]), kind, None)
    return None if found is None else found(part)


def propose_parts(emote: Path) -> list[TakePart]:
    """The parts of an emote's GLB of which emotes can be made. Raises FormatError."""
    from kinetix_capture import part_files
    from kinetix_core.protocol.hub.answers import TakePart

    found = part_files.propose(emote)
    return [TakePart(start_s=part.start_s, end_s=part.end_s, why=part.why) for part in found]


def cut(emote: Path, wanted: Sequence[NamedPart], folder: Path) -> list[Delivery]:
    """Write the files of parts of an emote's GLB, each into a folder of its own below `folder`. Raises InputError, FormatError."""
    from kinetix_capture import part_files

    return part_files.cut(emote, wanted, folder)


def seen_figure(observations: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    """Solve the take with the corrections of a `Refinement` and return the figure's place in the frames, as JSON types.

    Raises InputError, FormatError.
    """
    from kinetix_capture.refining import seen_figure, take_file
    from kinetix_core.protocol import corrections

    take = take_file.read(observations)
    figure = seen_figure.seen_figure(take, corrections.of_json(told).corrections)
    first, *further = (
        {
            "camera": picture.camera,
            "startS": picture.starts_s,
            "width": picture.size[0],
            "height": picture.size[1],
            "joints": {joint.value: places.round(4).tolist() for joint, places in picture.joints.items()},
            "head": picture.head.round(4).tolist(),
            "cameraMoved": picture.camera_moved,
            "towards": {part.value: sides.tolist() for part, sides in picture.towards.items()},
        }
        for picture in figure.pictures
    )
    return {
        **first,
        "frames": take.frames,
        "stands": figure.stands,
        "handsStand": figure.hands_stand,
        "further": further,
    }


def _crop(request: CaptureRequest, pixels: Pixels) -> CaptureRequest:
    """The request with the rectangle (left, top, width, height in pixels of the upright picture) as fractions."""
    from kinetix_capture.video.decode import probe

    clip = probe(request.clip)
    left, top = min(pixels[0] / clip.width, 1.0), min(pixels[1] / clip.height, 1.0)
    width, height = min(pixels[2] / clip.width, 1.0 - left), min(pixels[3] / clip.height, 1.0 - top)
    if min(width, height) <= 0.02:  # nothing to see: better the whole picture
        return request
    settings = request.settings.model_copy(update={"crop": (left, top, width, height)})
    return dataclasses.replace(request, settings=settings)


def run(
    function: str, request: CaptureRequest, progress: Path, cancel: Path, crop_pixels: Pixels | None = None
) -> Delivery:
    """Run `function` ("module:name") on `request`; write its progress as JSON to the file `progress`.

    Raises:
        Cancelled: the file `cancel` appeared.
        CaptureRejected: the clip cannot become an emote.
    """
    written, shown = 0.0, CaptureStage.DECODE

    def report(state: Progress) -> None:
        nonlocal written, shown
        now = time.monotonic()
        # A stage that begins is told at once: it may be a long one that says nothing more for a while.
        if now - written < _EVERY_S and state.stage == shown and state.fraction < 1.0:
            return
        written, shown = now, state.stage
        if cancel.exists():
            raise Cancelled
        state_json = {"stage": state.stage, "fraction": state.fraction, "remaining": state.remaining_s}
        files.write(progress, json.dumps(state_json), durable=False)

    report(Progress(CaptureStage.DECODE, 0.0, None))
    written = 0.0
    if crop_pixels is not None:
        request = _crop(request, crop_pixels)
    return _function(function)(request, report)
