"""The blend shapes of a Kinanim: the bytes of docs/kinanim.md, the format's step, keys that are left out, and what is damaged."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from kinetix_core.formats import glb, kinanim
from kinetix_core.formats.kinanim_face import FaceKeys
from kinetix_core.formats.kinanim_table import BLEND_SHAPES
from kinetix_core.motion import Motion
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from kinetix_tools.commands.convert import convert
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
    face = np.zeros((FRAMES, len(FACE_SHAPES)))
    face[:, JAW] = 0.5 - 0.5 * np.cos(np.linspace(0, 6 * np.pi, FRAMES))
    face[30:, FACE_SHAPES.index("mouthSmileLeft")] = 0.62
    face[:, SQUINT] = np.linspace(0, 1, FRAMES)
    return clips.random_motion(FRAMES).with_(face=face)


def face_of(motion: Motion) -> NDArray[np.float64]:
    assert motion.face is not None
    return motion.face


def test_the_table_is_the_formats() -> None:
    assert (len(BLEND_SHAPES), len(set(BLEND_SHAPES))) == (53, 53)
    assert set(BLEND_SHAPES) == {*FACE_SHAPES, "mouthOpen"}
    known = {
        0: "browInnerUp",
        15: "eyeSquintRight",
        16: "eyeSquintLeft",
        24: "jawOpen",
        36: "mouthOpen",
        52: "tongueOut",
    }
    assert {place: BLEND_SHAPES[place] for place in known} == known


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
    ("place", "value"),
    [
        (-14, bytes.fromhex("00000001000020 00")),  # a shape that there is not
        (-14, bytes.fromhex("0100000100000000")),  # one more than there are numbers for
        (-14, bytes(8)),  # one less
    ],
)
def test_a_damaged_face_is_refused(place: int, value: bytes) -> None:
    first = len(VECTOR) + place + 4
    damaged = VECTOR[:first] + value + VECTOR[first + 8 :]
    assert struct.unpack_from("<Q", VECTOR, first) == (1 << 24,)
    with pytest.raises(FormatError):
        kinanim.read_motion(damaged)


def test_the_command_takes_the_face_to_kinanim_and_back(talking: Motion, tmp_path: Path) -> None:
    source, between, out = tmp_path / "talking.glb", tmp_path / "talking.kinanim", tmp_path / "again.glb"
    source.write_bytes(glb.write_emote(talking, naming="generic"))
    for one, other in ((source, between), (between, out)):
        done = CliRunner().invoke(convert, [str(one), str(other)])
        assert done.exit_code == 0, done.output
    assert np.abs(face_of(glb.read_motion(out)) - face_of(talking)).max() < 0.01 + 3e-4
