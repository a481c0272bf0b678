"""Proposed cuts of a long take."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_core import mannequin
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import cutting
from kinetix_core.motion.motion import Motion
from kinetix_core.values.take_parts import PartKind

pytestmark = pytest.mark.quick

FPS = 30.0


def _waving(swings: list[np.ndarray]) -> Motion:
    """The mannequin with its right arm (radians) lifted as told, one stretch after the other."""
    skeleton = mannequin.load().skeleton
    angle = np.concatenate(swings)
    rotations = np.tile(quat.IDENTITY, (len(angle), len(skeleton), 1))
    rotations[:, skeleton.index("RightArm")] = quat.from_axis_angle([0.0, 0.0, 1.0], angle)
    hips = np.tile(skeleton.rest_translations[0], (len(angle), 1))
    return Motion(skeleton, FPS, rotations, hips, "take")


def _move(seconds: float, seed: int) -> np.ndarray:
    """From rest to rest, the same in no two places."""
    share = np.linspace(0, 1, round(seconds * FPS))
    uneven = np.interp(share, np.linspace(0, 1, 9), np.random.default_rng(seed).uniform(-1, 1, 9))
    return np.asarray(1.4 * np.sin(np.pi * share) * (1.2 + uneven))


def test_a_take_is_cut_in_the_middle_of_its_rests() -> None:
    rest = np.zeros(round(0.8 * FPS))
    found = cutting.propose(_waving([_move(2.0, 1), rest, _move(3.0, 2), rest, _move(1.5, 3)]))
    assert [part.why for part in found] == [PartKind.MOVE] * 3
    assert [part.start_s for part in found] == pytest.approx([0.0, 2.4, 6.2], abs=0.15)
    assert found[-1].end_s == pytest.approx(8.1, abs=0.05)


def test_what_repeats_is_cut_into_its_rounds() -> None:
    time = np.arange(round(9 * FPS)) / FPS
    found = cutting.propose(_waving([1.2 * np.sin(2 * np.pi * time / 1.5) + 0.4 * np.sin(4 * np.pi * time / 1.5)]))
    assert [part.why for part in found] == [PartKind.ROUND] * 6
    assert [part.end_s - part.start_s for part in found] == pytest.approx([1.5] * 6, abs=0.11)
    assert (found[0].start_s, found[-1].end_s) == (0.0, 9.0)


def test_a_short_move_is_one_part() -> None:
    assert cutting.propose(_waving([_move(2.5, 4)])) == [cutting.Part(0.0, 2.5, PartKind.MOVE)]
