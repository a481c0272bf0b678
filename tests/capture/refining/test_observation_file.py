"""Observations are read as they were kept; archives that lie about themselves are refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_capture.face.shape_weights import FaceMotion
from kinetix_capture.fitting import packing
from kinetix_capture.quality_model import GroupPlace
from kinetix_capture.refining import take_file
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from kinetix_core.values.wording import worded, wording_of
from tests.support.seen_take import FRAMES, seen_take

pytestmark = pytest.mark.quick

Change = Callable[[bytes], bytes]
PLACE = {
    "id": "5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11",
    "person": 1,
    "of": 2,
    "x": -0.5,
    "z": 0.25,
    "yawDegrees": -90.0,
    "startS": 0.0,
    "size": 1.0,
}
NOTES = ("Turn a little.", worded("It is dark from {seconds} s on.", seconds="2.5"))


@pytest.fixture(scope="module")
def take() -> take_file.Take:
    """Return a take with everything that one can have."""
    weights = np.zeros((FRAMES, len(FACE_SHAPES)))
    weights[:, FACE_SHAPES.index("jawOpen")] = np.round(np.linspace(0.0, 1.0, FRAMES), 4)
    stands = np.zeros((FRAMES, 2), bool)
    stands[3:9, 1] = True
    whole = seen_take(two_cameras=True, camera_moved=True)
    measured = replace(whole.fit.measured, hands_standing=stands, knuckle_heights=0.08 * stands)
    fit = packing.rounded(replace(whole.fit, measured=measured))
    return replace(
        whole,
        fit=fit,
        notes=NOTES,
        face=FaceMotion(weights, np.arange(FRAMES) % 3 == 0),
        group=GroupPlace.model_validate(PLACE),
    )


@pytest.fixture(scope="module")
def kept(take: take_file.Take, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("kept") / "kept.npz"
    take_file.write(path, take)
    return path.read_bytes()


def test_a_take_is_read_as_it_was_kept(take: take_file.Take, kept: bytes) -> None:
    again = take_file.read(kept)
    assert (again.name, again.begins_s, again.group, again.views) == (take.name, take.begins_s, take.group, take.views)
    assert again.clip.codec == take.clip.codec and again.notes == NOTES
    assert wording_of({"notes": again.notes}) == wording_of({"notes": NOTES})
    assert again.face is not None and take.face is not None and np.array_equal(again.face.weights, take.face.weights)
    packed, shared = packing.pack(take.fit)
    repacked, reshared = packing.pack(again.fit)
    assert shared == reshared and all(np.array_equal(packed[name], repacked[name]) for name in packed)
    hands, heights = again.fit.measured.hands_standing, again.fit.measured.knuckle_heights
    assert hands is not None and hands[3:9, 1].all() and hands.sum() == 6
    assert heights is not None and np.abs(heights - 0.08 * hands).max() < 0.001
    assert len(kept) / (FRAMES / 30) < 40_000


def _changed(name: str, change: Change) -> Change:
    """Change one member of an archive."""

    def changed(content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for member in old.namelist():
                data = old.read(member)
                new.writestr(member, change(data) if member == name else data)
        return out.getvalue()

    return changed


def _array(name: str, values: NDArray[Any]) -> Change:
    member = io.BytesIO()
    np.lib.format.write_array(member, values, allow_pickle=True)
    return _changed(name, lambda data: member.getvalue())


def _head(**values: Any) -> Change:
    return _changed("take.json", lambda data: json.dumps(json.loads(data) | values).encode())


def _fit(**values: Any) -> Change:
    def change(data: bytes) -> bytes:
        head = json.loads(data)
        return json.dumps(head | {"fit": head["fit"] | values}).encode()

    return _changed("take.json", change)


def _camera(**values: Any) -> Change:
    def change(data: bytes) -> bytes:
        head = json.loads(data)
        head["fit"]["cameras"][0] |= values
        return json.dumps(head).encode()

    return _changed("take.json", change)


def _packed_as(method: int) -> Change:
    """Pack in a way in which nothing of ours is packed, and damage it."""

    def change(_: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr("take.json", b'{"version": 1}')
        content = bytearray(out.getvalue())
        begin = content.index(b"take.json") + 15
        content[begin : begin + 14] = bytes(byte ^ 0x5A for byte in content[begin : begin + 14])
        return bytes(content)

    return change


def _listed_elsewhere(content: bytes) -> bytes:
    end = content.rindex(b"PK\x05\x06")
    return content[: end + 16] + b"\xff\xff\xff\x7f" + content[end + 20 :]


_TURN = np.eye(3).ravel().tolist()
HOSTILE: dict[str, Change] = {
    "nothing": lambda content: b"",
    "no archive": lambda content: b"PK\x03\x04" + bytes(200),
    "cut off": lambda content: content[: len(content) // 2],
    "a flipped byte": lambda content: content[:2000] + bytes([content[2000] ^ 255]) + content[2001:],
    "bzip2": _packed_as(zipfile.ZIP_BZIP2),
    "lzma": _packed_as(zipfile.ZIP_LZMA),
    "a list that is elsewhere": _listed_elsewhere,
    "a name in no alphabet": lambda content: content.replace(b"take.json", b"t\xff\xfee.json"),
    "a pickle": _array("hips.npy", np.array([{"a": 1}], object)),
    "another shape": _array("hips.npy", np.zeros((10**6, 3), np.int32)),
    "a shape without bytes": _changed("hips.npy", lambda data: data[:128]),
    "floats": _array("hips.npy", np.zeros((FRAMES, 3))),
    "wild steps": _changed("rotations.npy", lambda data: data[:128] + b"\x7f" * (len(data) - 128)),
    "a long header": _changed("hips.npy", lambda data: data[:8] + b"\xff\xff" + data[10:]),
    "another version": _head(version=2),
    "more frames than a take has": _head(frames=10**9),
    "no fit": _head(fit=None),
    "a list for a number": _head(clip=[[], 1, 1, 1, ""]),
    "a flag that is none": _head(loop=1),
    "a moved camera that is none": _head(views=[{"used": True, "detail": "", "cameraMoved": "no"}]),
    "a swing that is none": _head(camera=[True, True]),
    "a height that nobody has": _head(heightM=99),
    "deep JSON": _changed("take.json", lambda data: b"[" * 60_000),
    "a bomb": _changed("take.json", lambda data: bytes(200 << 20)),
    "a number of any length": _fit(focal=10**400),
    "no direction for up": _fit(up=[0, 0, 0]),
    "more cameras than a take has": _fit(cameras=[{}] * 4),
    "a camera that is none": _fit(cameras=["a camera"]),
    "cameras that are none": _fit(cameras={"a": "camera"}),
    "a camera that mirrors": _camera(turn=np.diag([1.0, 1.0, -1.0]).ravel().tolist()),
    "a camera that enlarges": _camera(turn=(2 * np.eye(3)).ravel().tolist()),
    "a short turn": _camera(turn=_TURN[:8]),
    "a camera nowhere": _camera(shift=[0.0, 0.0, float("nan")]),
    "a camera too far away": _camera(shift=[0.0, 0.0, 1e300]),
    "an empty picture": _camera(size=[0, 240]),
    "a huge picture": _camera(size=[400, 10**9]),
    "no lens": _camera(focal=0.0),
    "a group outside": _head(group=PLACE | {"id": "../other"}),
    "a third of two people": _head(group=PLACE | {"person": 3}),
    "a group of one": _head(group=PLACE | {"of": 1}),
    "no place": _head(group=PLACE | {"x": None}),
    "a place too far away": _head(group=PLACE | {"z": 1e9}),
    "a person of no size": _head(group=PLACE | {"size": float("nan")}),
    "a text for seconds": _head(group=PLACE | {"startS": "0"}),
    "too much of a shape": _array("face.npy", np.full((FRAMES, len(FACE_SHAPES)), 10_001, np.int16)),
    "less than no shape": _array("face.npy", np.full((FRAMES, len(FACE_SHAPES)), -1, np.int16)),
    "a shape less": _array("face.npy", np.zeros((FRAMES, 51), np.int16)),
    "a face seen twice": _array("faceSeen.npy", np.full(FRAMES, 2, np.int8)),
    "half a face": _array("faceSeen.npy", np.zeros(FRAMES)),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_observations_that_are_none_are_refused(how: str, kept: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        take_file.read(HOSTILE[how](kept))
    assert caught.value.next_step
