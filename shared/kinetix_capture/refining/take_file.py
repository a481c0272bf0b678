"""The observations of a take in one file beside its emote: a NumPy archive of whole numbers and one JSON text.

NumPy's own reader is not used to read it: an archive is anybody's, may name other members, hold pickles, and unpack to any size. Here
each member is known by name, type and shape before its bytes are unpacked, and no more are unpacked than it can have.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from kinetix_capture import estimate
from kinetix_capture.face.shape_weights import STEPS, FaceMotion
from kinetix_capture.fitting import packing
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.interface import CaptureRequest
from kinetix_capture.quality_model import GroupPlace, ViewResult
from kinetix_capture.tracking.camera_motion import TURN_STEPS, CameraSwing
from kinetix_capture.video import decode
from kinetix_core.io import files, untrusted_json
from kinetix_core.values.errors import FormatError, InputError
from kinetix_core.values.face_shapes import FACE_SHAPES
from kinetix_core.values.views import MOST_VIEWS
from kinetix_core.values.wording import restored, wording_of

MAX_BYTES = 16 << 20
_HEAD = "take.json"
_MAX_HEAD = 64 << 10
_FACE = {"face": (len(FACE_SHAPES),), "faceSeen": ()}
"""Members of a take whose face was captured → the shape of what they have in a frame: weights in `STEPS`, and 1 where it was seen."""
_TURNS = "cameraTurns"
"""Member of a take whose camera turned."""
_AS_IT_IS = ("name", "loop", "in_place", "height_m", "group", "views")
"""Fields of a take that its text has too."""
_MAX_HEADER = 512
# What an archive raises that lies about itself; a wrong place or name in its list is a ValueError.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    struct.error,
)
_MOMENT = (1980, 1, 1, 0, 0, 0)  # one take gives one file, whenever it is written


_Text = Annotated[str, Field(max_length=1024)]
_Seconds = Annotated[float, Field(ge=-1e6, le=1e6)]
_Pixels = Annotated[int, Field(ge=1, le=100_000)]


class _Head(BaseModel):
    """Text of the archive.

    Attributes:
        clip: width, height, duration in seconds, rate and codec.
        camera: swing in degrees, and whether it was carried; with it the archive has the member `_TURNS`.
        face: whether the archive has the members of `_FACE`.
    """

    model_config = ConfigDict(
        strict=True, frozen=True, alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False
    )

    version: Literal[3]
    frames: Annotated[int, Field(ge=2, le=packing.MAX_FRAMES)]
    name: _Text
    loop: bool = False
    in_place: bool = False
    height_m: Annotated[float, Field(ge=0.1, le=10)] | None = None
    notes: Annotated[list[_Text], Field(max_length=64)]
    wording: Any = None
    camera: Annotated[tuple[Annotated[float, Field(ge=0, le=1e4)], bool] | None, Field(strict=False)] = None
    group: GroupPlace | None = None
    views: Annotated[tuple[ViewResult, ...], Field(max_length=MOST_VIEWS, strict=False)] = ()
    begins_s: _Seconds
    clip: Annotated[
        tuple[_Pixels, _Pixels, Annotated[float, Field(ge=0, le=1e6)], Annotated[float, Field(ge=0, le=1e4)], _Text],
        Field(strict=False),
    ]
    fit: packing.Shared
    face: bool = False


@dataclass(frozen=True)
class Take:
    """The kept data of a capture.

    Attributes:
        fit: what was seen, and the solution.
        clip: what the container said; its path is not kept.
        name: of the emote.
        loop, in_place, height_m: as in `CaptureRequest`.
        notes: what the one who filmed should know.
        camera: of the clip whose frames it has: how it moved, None where it stood still.
        face: what was captured of it, None where it was not looked at. No correction changes it.
        views: what became of each clip; empty for a take of one clip.
        group: the place among the other people of the clip; None where nobody else is. It stays too.
        begins_s: with which second of its clip it begins.
    """

    fit: ClipFit
    clip: decode.Clip
    name: str
    begins_s: float
    loop: bool = False
    in_place: bool = False
    height_m: float | None = None
    notes: tuple[str, ...] = ()
    camera: CameraSwing | None = None
    face: FaceMotion | None = None
    group: GroupPlace | None = None
    views: tuple[ViewResult, ...] = ()

    @classmethod
    def of(cls, found: estimate.Captured, clip: decode.Clip, request: CaptureRequest) -> Take:
        face, seen, settings = found.motion.face, found.face_seen, request.settings
        group = found.motion.extras.get("group")
        return cls(
            *(found.fit, clip, request.name, float(found.seen.times[0])),
            *(settings.loop, settings.in_place, settings.height_m),
            found.notes,
            found.camera_motion,
            None if face is None or seen is None else FaceMotion(face, seen),
            None if group is None else GroupPlace.model_validate(group),
        )

    @property
    def frames(self) -> int:
        return len(self.fit.state.hips)

    @property
    def used_clips(self) -> list[int]:
        """Which clips the cameras of the fit are, in the order in which all of them were given, from 0."""
        return [number for number, view in enumerate(self.views) if view.used] or [0]

    def camera_moved_in(self, clip: int) -> bool:
        return self.camera is not None if clip == self.used_clips[0] else bool(self.views[clip].camera_moved)

    def begins_in(self, clip: int) -> float | None:
        """Return the second of one of the clips at which the take begins, if known."""
        offset_s = 0.0 if clip == self.used_clips[0] else self.views[clip].offset_s
        return None if offset_s is None else round(self.begins_s - offset_s, 4)


def write(path: Path, take: Take) -> None:
    packed, shared = packing.pack(take.fit)
    clip, camera, face = take.clip, take.camera, take.face
    head = _Head(
        version=3,
        frames=take.frames,
        notes=list(take.notes),
        wording=wording_of({"notes": take.notes}),
        camera=None if camera is None else (camera.swing, camera.translates),
        begins_s=round(take.begins_s, 4),
        clip=(clip.width, clip.height, clip.duration_s, clip.rate, clip.codec),
        fit=shared,
        face=face is not None,
        **{name: getattr(take, name) for name in _AS_IT_IS},
    )
    if face is not None:
        packed |= {"face": np.round(STEPS * face.weights).astype(np.int32), "faceSeen": face.seen.astype(np.int32)}
    if camera is not None:
        packed[_TURNS] = np.round(camera.turns * TURN_STEPS).astype(np.int32)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(_member(_HEAD), head.model_dump_json(by_alias=True, exclude_defaults=True).encode())
        for name, values in packed.items():
            member = io.BytesIO()
            most = int(np.abs(values).max(initial=0))
            kind = np.int8 if most < 1 << 7 else np.int16 if most < 1 << 15 else np.int32
            np.lib.format.write_array(member, np.ascontiguousarray(values, kind), allow_pickle=False)
            archive.writestr(_member(f"{name}.npy"), member.getvalue())
    files.write(path, content.getvalue(), private=True)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def read(source: Path | bytes) -> Take:
    """Read observations, whoever wrote them.

    Raises:
        InputError: there is no such file.
        FormatError: they are not what they claim to be, or ask for more than a take can have.
    """
    try:
        content = source if isinstance(source, bytes) else _content(source)
        if len(content) > MAX_BYTES:
            raise _no_observations(f"It is larger than {MAX_BYTES >> 20} MiB.")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            head = _head(archive)
            shapes = {name: one.shape for name, one in packing.arrays(head.fit).items()}
            shapes |= (_FACE if head.face else {}) | ({_TURNS: (3,)} if head.camera else {})
            packed = {name: _array(archive, name, (head.frames, *shape)) for name, shape in shapes.items()}
    except _BROKEN as bad:
        raise _no_observations(type(bad).__name__) from bad
    notes: list[str] = restored({"notes": head.notes, "wording": head.wording})["notes"]
    return Take(
        packing.unpack(packed, head.fit),
        decode.Clip(Path(), *head.clip),
        begins_s=head.begins_s,
        notes=tuple(notes),
        camera=None if head.camera is None else CameraSwing(*head.camera, packed[_TURNS] / TURN_STEPS),
        face=_face(packed) if head.face else None,
        **{name: getattr(head, name) for name in _AS_IT_IS},
    )


def _face(packed: Mapping[str, NDArray[np.signedinteger[Any]]]) -> FaceMotion:
    weights, seen = packed["face"], packed["faceSeen"]
    if weights.min() < 0 or weights.max() > STEPS or seen.min() < 0 or seen.max() > 1:
        raise _no_observations("A weight of the face is not what it can be.")
    return FaceMotion(weights / STEPS, seen.astype(bool))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read.",
            code="fileNotFound",
            detail=error.strerror or "",
            next_step="Name the file that `kinetix capture --keep-observations` wrote.",
        ) from error


def _member_of(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Packed as `write` does; other ways to pack have errors of their own, and may ask for any memory before they fail."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _no_observations("They are packed in another way.")
    return archive.open(info)


def _head(archive: zipfile.ZipFile) -> _Head:
    with _member_of(archive, _HEAD) as member:
        head = untrusted_json.parse(member.read(_MAX_HEAD + 1), "The observations", max_bytes=_MAX_HEAD)
    try:
        return _Head.model_validate(head)
    except ValidationError as error:
        first = error.errors()[0]
        raise _no_observations(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _array(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...]) -> NDArray[np.signedinteger[Any]]:
    """One member: its header first, then exactly the bytes that it must have."""
    with _member_of(archive, f"{name}.npy") as member:
        if np.lib.format.read_magic(member) != (1, 0):
            raise _no_observations("An array is of another version.")
        found, in_columns, kind = np.lib.format.read_array_header_1_0(member, max_header_size=_MAX_HEADER)
        if found != shape or in_columns or kind.kind != "i" or kind.itemsize > 4:
            raise _no_observations("An array has another type or shape.")
        size = int(np.prod(shape)) * kind.itemsize
        data = member.read(size + 1)
    if len(data) != size:
        raise _no_observations(f"“{name}” has another length.")
    return np.frombuffer(data, kind).reshape(shape)


def _no_observations(detail: str) -> FormatError:
    return FormatError(
        "These are no observations of a take.", detail=detail, next_step="Capture the clip again and keep them anew."
    )
