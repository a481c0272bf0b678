"""The blend shapes of a Kinanim: the bytes of docs/kinanim.md, the format's step, keys that are left out, and what is damaged."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from kinetix_core.formats import kinanim
from kinetix_core.formats.kinanim_face import FaceKeys
from kinetix_core.formats.kinanim_table import BLEND_SHAPES
from kinetix_core.motion import Motion
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.formats.faces import face_of, with_face
from tests.formats.test_kinanim import HEAD, HIPS, frame_flags
from tests.support import clips

pytestmark = pytest.mark.quick

FRAMES = 61
JAW, SQUINT = FACE_SHAPES.index("jawOpen"), FACE_SHAPES.index("eyeSquintRight")
# That of test_kinanim, with a right squint of a quarter in the first frame, and a jaw half and wholly open.
VECTOR = bytes.fromhex(
    "0000 0000 0100 0000f041 0200 0200 2c00 2200 0300 37"
    + "06" + "00" * 10 + "02" + "00" * 43
    + "0400 01 0080"
    + "0000 0108000000000000 0000000000001027 00001c250000 0000000000001027 0080000100000000 c409 8813"
    + "0100 0100000000000000 00009e1b00009e1b e8031c250000 0000000100000000 1027"
)  # fmt: skip


def _keys() -> FaceKeys:
    keys = FaceKeys.empty(2)
    squint, jaw = BLEND_SHAPES.index("eyeSquintRight"), BLEND_SHAPES.index("jawOpen")
    keys.steps[:, jaw], keys.stored[:, jaw] = (5000, 10_000), True
    keys.steps[0, squint], keys.stored[0, squint] = 2500, True
    return keys


@pytest.fixture(scope="module")
def talking() -> Motion:
    """Two seconds in which the jaw swings, half a smile jumps up, and everything else rests."""
    jaw, smile = 0.5 - 0.5 * np.cos(np.linspace(0, 6 * np.pi, FRAMES)), np.where(np.arange(FRAMES) < 30, 0, 0.62)
    squint = np.linspace(0, 1, FRAMES)
    return with_face(clips.random_motion(FRAMES), jawOpen=jaw, mouthSmileLeft=smile, eyeSquintRight=squint)


def test_the_table_is_the_formats() -> None:
    assert (len(BLEND_SHAPES), len(set(BLEND_SHAPES))) == (53, 53)
    assert set(BLEND_SHAPES) == {*FACE_SHAPES, "mouthOpen"}
    known = ["browInnerUp", "eyeSquintRight", "eyeSquintLeft", "jawOpen", "mouthOpen", "tongueOut"]
    assert [BLEND_SHAPES[place] for place in (0, 15, 16, 24, 36, 52)] == known


def test_the_documented_vector_is_written_byte_for_byte_and_read() -> None:
    turn = np.array([[0, 0, 0, 1], [0, 0.7071, 0, 0.7071]])
    still, path = np.tile(quat.IDENTITY, (2, 1)), np.array([[0, 0.95, 0], [0.1, 0.95, 0]])
    written = kinanim.encode(30.0, {HIPS: turn, HEAD: still}, path, {HEAD: np.array([True, False])}, _keys())
    assert written == VECTOR
    face = face_of(kinanim.read_motion(VECTOR))
    assert face[:, JAW].tolist() == [0.5, 1.0] and face[:, SQUINT].tolist() == [0.25, 0.25]
    assert not np.delete(face, [JAW, SQUINT], axis=1).any()


def test_what_is_written_is_read_again_within_the_formats_step(talking: Motion) -> None:
    read = kinanim.read_motion(kinanim.write_motion(talking, max_error_m=None))
    assert np.abs(face_of(read) - face_of(talking)).max() <= 1.01e-4


def test_keys_are_left_out_within_a_hundredth_and_where_players_allow_it(talking: Motion) -> None:
    data, whole = kinanim.write_motion(talking), kinanim.write_motion(talking, max_error_m=None)
    assert np.abs(face_of(kinanim.read_motion(data)) - face_of(talking)).max() < 0.01 + 3e-4
    keys = FaceKeys.of(face_of(talking), 0.01)
    used = keys.stored.any(axis=0)
    assert [BLEND_SHAPES[place] for place in np.flatnonzero(used)] == ["eyeSquintRight", "jawOpen", "mouthSmileLeft"]
    assert keys.stored[0, used].all() and keys.stored[-1, used].all()
    assert max(np.diff(np.flatnonzero(column)).max() for column in keys.stored[:, used].T) <= 20
    assert keys.stored.sum() < 0.5 * 3 * FRAMES
    bare = kinanim.write_motion(talking.with_(face=None))
    assert len(bare) < len(data) < len(whole)
    assert len(data) - len(bare) == 8 * FRAMES + 2 * keys.stored.sum()
    assert frame_flags(data, kinanim.read_header(data)) == frame_flags(bare, kinanim.read_header(bare)), "the body's"


def test_a_face_at_rest_and_shapes_of_others_say_nothing(talking: Motion) -> None:
    still = kinanim.write_motion(talking.with_(face=np.zeros((FRAMES, len(FACE_SHAPES)))))
    assert still == kinanim.write_motion(talking.with_(face=None))
    assert kinanim.read_motion(still).face is None
    other = FaceKeys.empty(2)
    other.steps[:, BLEND_SHAPES.index("mouthOpen")], other.stored[:, BLEND_SHAPES.index("mouthOpen")] = 10_000, True
    rest = np.tile(quat.IDENTITY, (2, 1))
    assert kinanim.read_motion(kinanim.encode(30.0, {HIPS: rest}, np.zeros((2, 3)), None, other)).face is None


@pytest.mark.parametrize(
    "value",
    [
        bytes.fromhex("00000001000020 00"),  # a shape that there is not
        bytes.fromhex("0100000100000000"),  # one more than there are numbers for
        bytes(8),  # one less
    ],
)
def test_a_damaged_face_is_refused(value: bytes) -> None:
    first = len(VECTOR) - 10
    damaged = VECTOR[:first] + value + VECTOR[first + 8 :]
    assert struct.unpack_from("<Q", VECTOR, first) == (1 << 24,)
    with pytest.raises(FormatError):
        kinanim.read_motion(damaged)
