"""Hands of a fitted figure: which of them stand on its floor, and which hold on to something above it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.contacts import hand_contacts, held_hands
from kinetix_capture.fitting import body_model, finger_pose, solver
from kinetix_capture.fitting.measurements import Measurements
from kinetix_capture.video.decode import FPS


@dataclass(frozen=True, eq=False)
class HandStands:
    """(F, 2), left and right: the hand stands on the floor, and how many metres above it its knuckles then are, as in
    `hand_contacts.knuckle_heights`.
    """

    stands: Flags
    knuckle_heights: Array


def find_hand_stands(
    points: Array, measured: Measurements, state: solver.State, seen: finger_pose.SeenHands, near: float
) -> HandStands:
    """Return which hands stand on the floor of the feet; none where no foot stood on it.

    Args:
        points: (F, K, 3) the landmarks of the figure.
        near: as in `hand_contacts.find_hand_contacts`.
    """
    assert measured.standing is not None and measured.up is not None
    feet = body_model.rows(body_model.FEET)
    above = points @ measured.up - body_model.soles()
    feet_stand = measured.standing[:, feet]
    if not feet_stand.any():
        return HandStands(np.zeros((len(points), 2), bool), np.zeros((len(points), 2)))
    hands = _rows()
    wrists, knuckles = points[:, hands][..., 0, :], points[:, hands][..., 1:, :].mean(axis=2)
    slope = (wrists - knuckles) @ measured.up / np.maximum(np.linalg.norm(wrists - knuckles, axis=-1), 1e-3)
    fingers = finger_pose.finger_reach(seen)
    # A hand that points down stands on its fingers, below the knuckles.
    height = np.stack([above[:, rows[1:]].mean(axis=1) for rows in hands], 1)
    height -= np.nan_to_num(fingers) * np.clip(slope, 0.0, 1.0) + np.median(above[:, feet][feet_stand])
    stands = hand_contacts.find_hand_contacts(_sights(points, measured, state), height, FPS, near)
    return HandStands(stands, hand_contacts.knuckle_heights(stands, slope, fingers))


def find_held(points: Array, measured: Measurements, state: solver.State) -> Flags:
    """Return (F, 2) which hands hold on to something, of landmarks (F, K, 3)."""
    still = hand_contacts.find_still_hands(_sights(points, measured, state), FPS)
    wrists, shoulders = points[:, [rows[0] for rows in _rows()]], points[:, body_model.rows((11, 12))]
    return held_hands.find_held_hands(still, wrists, shoulders)


def _rows() -> list[list[int]]:
    return [body_model.rows(landmarks) for landmarks in body_model.HANDS]


def _sights(points: Array, measured: Measurements, state: solver.State) -> list[hand_contacts.HandSight]:
    hands, sights = _rows(), []
    for view, camera in zip((measured, *measured.further), (None, *state.cameras), strict=True):
        here = points if camera is None else camera.apply(points)
        sights.append(hand_contacts.HandSight(view.rays[:, hands], view.weights[:, hands], -here[:, hands][..., 2]))
    return sights
