"""Interface of a queue for the runner: this service's database, or a service on another machine (see runner.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from kinetix_capture.interface import CaptureRequest, Delivery
from kinetix_capture.quality_model import QualityReport
from kinetix_core.values.capture_settings import Pixels
from kinetix_core.values.errors import KinetixError
from kinetix_local.store.queue.captures import Lease, Live

FailedStep = Literal["transcode_failed", "ml_failed", "render_failed"]
"""What a process is whose clip is no video, whose clip became no emote, or where something broke."""


class LeaseLost(Exception):
    """The capture was cancelled, or another worker has it: nothing that comes of it counts."""


class Job(NamedTuple):
    """A capture that is ours while the lease holds. Its files come to `request.out_dir`, which is there, in `folder` or the same.

    `crop_pixels` are left, top, width and height in pixels of the upright picture.
    """

    lease: Lease
    request: CaptureRequest
    crop_pixels: Pixels | None
    folder: Path


class Kept(NamedTuple):
    """A file of an emote among the blobs: its name, the avatar that it is for if any, and its size in bytes."""

    name: str
    avatar: str | None
    blob: str
    bytes: int


class KeptEmote(NamedTuple):
    """An emote whose files are among the blobs. `observations`: the blob that holds what was seen, and its size in bytes."""

    files: list[Kept]
    duration_s: float
    quality: QualityReport
    observations: tuple[str, int] | None = None


class Queue(Protocol):
    """Functions block; they are called on threads.

    `beat_s`: how often a holder tells that it lives.
    """

    beat_s: float

    def begin(self) -> None:
        """Give back what an earlier run of this worker may have left. Nothing is held now."""

    def take(self, folder: Path) -> Job | None:
        """The capture that is next, with its files in a new folder below `folder`; None when there is none."""

    def beat(self, lease: Lease, progress: Live | None) -> None:
        """Tell that the capture goes on. Raises LeaseLost."""

    def deliver(self, job: Job, delivery: Delivery) -> None:
        """Keep the files of a capture that is done. Raises LeaseLost."""

    def fail(self, lease: Lease, step: FailedStep, error: KinetixError) -> None:
        """Tell why the clip became no emote. Raises LeaseLost."""

    def died(self, lease: Lease) -> None:
        """The process that captured it died; another one tries again, unless that happened too often. Raises LeaseLost."""

    def give_back(self, leases: list[Lease]) -> None:
        """This worker ends before they are done; those that are lost already are left out."""

    def fault(self, error: Exception) -> Exception | None:
        """Return the exception to raise if the queue or this machine failed, or None if the sender of the clip is to be told."""

    def is_away(self, error: BaseException) -> bool:
        """Return whether the queue is out of reach for now, so that a retry may succeed."""
