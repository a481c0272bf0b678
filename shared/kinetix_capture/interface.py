"""Interface between the service and the capture. The service imports it without the networks."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.clip_length import API_LENGTH, ClipLength
from kinetix_core.values.errors import InputError
from kinetix_core.values.failure import CaptureStage, FailureReason
from kinetix_core.values.people import PersonAt

MAX_BYTES = 4 << 30
"""Of a clip, unless the service takes more or less: a phone's 4K in full, as only the chosen part of it is read."""

FILES = (
    *("animation-v2.glb", "animation-v2.kinanim", "animation-v2.fbx", "animation-v2.bvh", "animation.glb"),
    *("thumbnail.png", "thumbnail.gif", "preview.webp", "userData.json", "quality.json"),
)
"""Every file of an emote that is not an avatar's and that the API knows."""

FACE = "face.csv"
"""The weights of the face's shapes, of a take whose face was captured. The command line alone writes it."""

VRM_ANIMATION = "animation-v2.vrma"
"""The emote for models of VRM, which the command line alone writes."""

AVATAR_FILES = (
    *("animation.glb", "animation.kinanim", "animation.fbx"),
    *("thumbnail.png", "thumbnail.gif", "userData.json"),
)
"""Every file of an emote that is made for an avatar, under the names that the API's flat form knows."""


@dataclass(frozen=True)
class Avatar:
    """A character that the emote is also retargeted to. Without a name it goes by that of its file."""

    uuid: str
    character: Path
    name: str = ""


OBSERVATIONS = "observations.npz"
"""What is kept of a take beside its files, so that it can be corrected and solved again."""


@dataclass(frozen=True)
class Refinement:
    """A take to solve again: the file with its observations, and the corrections as JSON (`kinetix_core.protocol.corrections`)."""

    observations: Path
    corrections: Mapping[str, Any]


@dataclass(frozen=True)
class CaptureRequest:
    """One clip and how to capture it.

    Attributes:
        clip: the video file.
        out_dir: existing folder that receives the files.
        name: of the emote; of a take that is solved again without one, the take's.
        settings: the options of the capture.
        hands: capture the fingers.
        avatars: characters that get files of their own.
        length: how long the chosen part may be, from `SHORTEST_SECONDS` to `LONGEST_SECONDS`.
        max_bytes: of the clip; the service has its own limit, and a clip that it took is not too large here.
        refinement: a take that is solved again; then nothing is read of the clip, and how to capture it is known from the take.
        views: further clips of the same take, filmed at once from other sides. Part and crop are those of `clip` alone.
    """

    clip: Path
    out_dir: Path
    name: str = "emote"
    settings: CaptureSettings = field(default_factory=CaptureSettings)
    hands: bool = True
    avatars: tuple[Avatar, ...] = ()
    length: ClipLength = API_LENGTH
    max_bytes: int = MAX_BYTES
    views: tuple[Path, ...] = ()
    refinement: Refinement | None = None


@dataclass(frozen=True)
class Progress:
    """Progress of a capture. `fraction` 0 … 1 never falls; `remaining_s` is None until it can be estimated."""

    stage: CaptureStage
    fraction: float
    remaining_s: float | None


@dataclass(frozen=True)
class Delivery:
    """The files of one take.

    Attributes:
        files: API file name with extension → path below `out_dir`: `animation-v2.glb`, `.kinanim`, `.fbx`, `.bvh`, `animation.glb`,
            `thumbnail.png`, `thumbnail.gif`, `preview.webp`, `userData.json`, `quality.json`.
        avatars: avatar uuid → the same mapping: `animation.glb`, `.kinanim`, `.fbx`, `thumbnail.png`, `.gif`, `userData.json`.
        duration_s: of the emote.
        quality: the quality report (JSON types).
        observations: the file of `OBSERVATIONS` of this person; None for a take that was solved again.
        others: of the further people of a clip whose people were all asked for, each one's emote; their files lie in folders of
            their own. The delivery itself is that of the first person.
    """

    files: Mapping[str, Path]
    duration_s: float
    avatars: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)
    observations: Path | None = None
    others: tuple[Delivery, ...] = ()


class CaptureRejected(InputError):
    """The clip cannot become an emote, for a `reason` that everybody knows; its code is the reason's value.

    Args:
        title, next_step: more precise than the reason's own words, where something more precise is known.
        detail: how much, and of what.
    """

    def __init__(self, reason: FailureReason, *, title: str = "", next_step: str = "", detail: str = "") -> None:
        super().__init__(
            title or reason.summary, code=reason.value, detail=detail, next_step=next_step or reason.advice
        )
        self.reason = reason


@dataclass(frozen=True)
class ClipPart:
    """A clip, or a part of one, for a quick look.

    Attributes:
        start_s, end_s: seconds; None is the end of the clip.
        crop: left, top, width, height as fractions of the upright picture.
        length: how long the part may be, as for a `CaptureRequest`.
    """

    clip: Path
    start_s: float = 0.0
    end_s: float | None = None
    crop: tuple[float, float, float, float] | None = None
    length: ClipLength = API_LENGTH


Precheck = Callable[[ClipPart], CaptureRejected | None]
"""Why no emote can become of it; None when nothing is seen against it. A capture may have one beside `deliver`, named `precheck`."""


@dataclass(frozen=True)
class SeenPerson:
    """One of the people whom a quick look finds.

    Attributes:
        at: how a capture is told to take this one.
        box: left, top, width, height of the body at that moment, as fractions of the picture as `at` has them.
        jpeg: the body with a margin, upright, 160 pixels high.
        upper_only: shoulders are seen, and feet in no picture.
    """

    at: PersonAt
    box: tuple[float, float, float, float]
    jpeg: bytes
    upper_only: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of the service; the picture in base 64."""
        jpeg = b64encode(self.jpeg).decode()
        return {"at": self.at, "box": self.box, "jpeg": jpeg, "upperOnly": self.upper_only}


SeenPeople = Callable[[ClipPart], Sequence[SeenPerson]]
"""Who is in it, from left to right as they begin; fewer than there are, or nobody, in doubt. Raises CaptureRejected.

A capture may have one beside `deliver`, named `seen_people`.
"""

Report = Callable[[Progress], None]
Deliver = Callable[[CaptureRequest, Report], Delivery]
"""`kinetix_capture.deliver:deliver` has this form. Raise from `report` to cancel: it ends within a second."""
