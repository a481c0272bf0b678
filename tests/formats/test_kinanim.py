"""Kinanim: the bytes of docs/kinanim.md, the format's step, error-bounded keys, and runs of frames for range requests."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinetix_core import mannequin
from kinetix_core.formats import humanoid, kinanim
from kinetix_core.formats.kinanim_table import BONES
from kinetix_core.motion import Skeleton, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import FormatError
from tests.formats.rigs import dance
from tests.motion import moves
from tests.motion.angles import angle_deg
from tests.motion.draft import Draft
from tests.motion.rig_kinds import table_names
from tests.support import clips

pytestmark = pytest.mark.quick

HIPS, HEAD = BONES.index("Hips"), BONES.index("Head")
STEP = 1e-4
# Two frames: the hips turn and move, the head is stored once.
VECTOR = bytes.fromhex(
    "0000 0000 0100 0000f041 0200 0200 2000 1800 0300 37"
    + "06" + "00" * 10 + "02" + "00" * 43
    + "0400 00 0080"
    + "0000 0108000000000000 0000000000001027 00001c250000 0000000000001027"
    + "0100 0100000000000000 00009e1b00009e1b e8031c250000"
)  # fmt: skip


def test_the_documented_vector_is_written_byte_for_byte() -> None:
    turn = np.array([[0, 0, 0, 1], [0, 0.7071, 0, 0.7071]])
    still = np.tile(quat.IDENTITY, (2, 1))
    path = np.array([[0, 0.95, 0], [0.1, 0.95, 0]])
    assert kinanim.encode(30.0, {HIPS: turn, HEAD: still}, path, {HEAD: np.array([True, False])}) == VECTOR


def test_the_documented_vector_is_read() -> None:
    motion = kinanim.read_motion(VECTOR)
    assert (motion.fps, len(motion)) == (30.0, 2)
    assert motion.root_positions == pytest.approx(np.array([[0, 0.95, 0], [0.1, 0.95, 0]]))
    half = quat.from_axis_angle([0.0, 1, 0], np.pi / 2)
    assert angle_deg(motion.rotations[1, 0], half) < 0.01
    assert angle_deg(motion.rotations[:, motion.skeleton.index("Head")], quat.IDENTITY).max() < 0.01


def test_header_fields_may_come_in_any_order() -> None:
    parts = [VECTOR[0:4], VECTOR[4:10], VECTOR[10:18], VECTOR[18:76], VECTOR[76:79]]
    mixed = b"".join(parts[k] for k in (3, 1, 4, 0, 2)) + VECTOR[79:]
    assert np.array_equal(kinanim.read_motion(mixed).rotations, kinanim.read_motion(VECTOR).rotations)


def test_random_motion_comes_back_within_the_formats_step() -> None:
    motion = clips.random_motion(40, seed=1)
    motion = motion.with_(root_positions=motion.root_positions.clip(-3, 3))
    back = kinanim.read_motion(kinanim.write_motion(motion, max_error_m=None))
    assert (len(back), back.fps) == (len(motion), motion.fps)
    assert angle_deg(back.rotations, motion.rotations).max() < np.degrees(4 * STEP)
    assert np.abs(back.root_positions - motion.root_positions).max() < 2 * STEP


@given(seed=st.integers(0, 10_000), error_mm=st.floats(0.5, 20), size=st.floats(0.001, 0.1))
@settings(max_examples=20, deadline=None)
def test_left_out_keys_stay_within_the_stated_error(seed: int, error_mm: float, size: float) -> None:
    rough = clips.random_motion(60, seed=seed)
    motion = rough.with_(rotations=quat.normalize(quat.exp(quat.log(rough.rotations) * size)))
    plain = kinanim.read_motion(kinanim.write_motion(motion, max_error_m=None))
    thinned = kinanim.read_motion(kinanim.write_motion(motion, max_error_m=error_mm / 1000))
    off = np.linalg.norm(kinematics.forward(thinned)[1] - kinematics.forward(plain)[1], axis=-1)
    assert off.max() * 1000 <= error_mm + 0.6  # the format's step, added up along an arm


def test_keys_are_left_out_only_where_players_allow_it() -> None:
    data = kinanim.write_motion(moves.load("spinkick"), max_error_m=0.005)
    header = kinanim.read_header(data)
    stored = np.array(
        [[flags >> bone & 1 for bone in range(55)] for flags in frame_flags(data, header)], bool
    )  # (F, 55)
    used = [bone for bone in range(55) if header.key_types[bone]]
    assert stored[:, HIPS].all()
    assert stored[0, used].all()
    assert stored[-1, used].all()
    assert all(np.diff(np.flatnonzero(stored[:, bone])).max() <= 20 for bone in used)
    assert header.key_types[HIPS] == 6
    assert all(header.key_types[bone] in (0, 2) for bone in range(1, 55))
    assert len(data) < 0.5 * len(kinanim.write_motion(moves.load("spinkick"), max_error_m=None))


def frame_flags(data: bytes, header: kinanim.Header) -> list[int]:
    out, at = [], header.length
    for size in header.sizes:
        out.append(struct.unpack_from("<Q", data, at + 2)[0])
        at += size
    return out


def test_path_that_is_too_long_is_moved_then_clamped() -> None:
    motion = clips.random_motion(30)
    path = np.linspace([2.0, 1, 0], [7.0, 1, 0], 30)
    back = kinanim.read_motion(kinanim.write_motion(motion.with_(root_positions=path), max_error_m=None))
    assert np.abs(np.diff(back.root_positions, axis=0) - np.diff(path, axis=0)).max() < 3 * STEP
    far = motion.with_(root_positions=np.linspace([0.0, 1, 0], [20.0, 1, 0], 30))
    assert np.abs(kinanim.read_motion(kinanim.write_motion(far)).root_positions[:, 0]).max() == pytest.approx(3.2767)


def test_helper_bones_are_folded_and_missing_ones_skipped() -> None:
    """A rig with a helper above the arm and no upper chest moves its hands as it should, through the file and back."""
    draft = Draft("helped")
    draft.drop("UpperChest")
    draft.insert("LeftArmTwist", "LeftUpperArm", 0.5, "LeftLowerArm")
    draft.rename(table_names("mixamo"))
    draft.axes("any")
    skeleton = draft.build().skeleton
    motion = dance(skeleton, 10)
    turns = motion.rotations.copy()
    turns[:, skeleton.index("LeftArmTwist")] = skeleton.rest_rotations[skeleton.index("LeftArmTwist")]
    motion = motion.with_(rotations=turns)
    back = kinanim.read_motion(kinanim.write_motion(motion, max_error_m=None), skeleton)
    assert np.abs(kinematics.forward(back)[1] - kinematics.forward(motion)[1]).max() < 2e-3


def test_humanoid_names_are_known_without_guessing() -> None:
    own = mannequin.load().skeleton
    assert len(humanoid.find(own)) == 52
    prefixed = Skeleton(
        tuple("mixamorig:" + name for name in own.names), own.parents, own.rest_rotations, own.rest_translations
    )
    assert humanoid.find(prefixed) == humanoid.find(own)


def test_other_versions_and_cut_files_are_refused() -> None:
    with pytest.raises(FormatError, match="version 1"):
        kinanim.read_header(b"\0\0\1\0" + VECTOR[4:])
    for cut in (0, 1, 20, 80, 90, len(VECTOR) - 1):
        with pytest.raises(FormatError):
            kinanim.read_motion(VECTOR[:cut])
