"""The network twists the body to one side, whichever way a person stands; the evidence of the fit does not."""

from __future__ import annotations

from itertools import islice

import numpy as np
from PIL import Image, ImageOps

from kinetix_capture.fitting import observations
from kinetix_capture.networks import body_landmarks, network
from kinetix_capture.video import decode
from tests.support import tools

SAMPLE = tools.ROOT / "samples" / "balance.mp4"
# Shoulders and hips: in these pictures the legs cross, and the two looks may disagree on which foot is which.
_TWISTED = (11, 23)


def test_a_picture_and_its_mirror_image_give_bodies_that_mirror_each_other() -> None:
    frames = islice(decode.frames(SAMPLE, longest_side=960), 0, 41, 10)
    pictures = [Image.fromarray(frame.image) for frame in frames]
    seen = [np.stack([_landmarks(side) for side in (picture, ImageOps.mirror(picture))]) for picture in pictures]
    before = np.abs(np.mean([_twist(both) for both in seen], axis=0))
    after = np.abs(np.mean([_twist(observations.remove_side_bias(both)) for both in seen], axis=0))
    assert before.min() > 0.018
    assert (after < 0.5 * before).all()


def test_only_depths_change_and_a_pair_keeps_its_middle() -> None:
    world = np.random.default_rng(1).normal(0, 0.5, (4, 33, 3))
    found = observations.remove_side_bias(world)
    assert np.array_equal(found[..., :2], world[..., :2])
    for left in range(11, 33, 2):
        assert np.allclose(found[:, left] + found[:, left + 1], world[:, left] + world[:, left + 1])


def _landmarks(picture: Image.Image) -> np.ndarray:
    """(33, 3) metres, y up and z towards the camera, of a second look at where the first one has found the person."""
    poser = body_landmarks.Poser()
    first = poser(picture, network.Region(picture.width / 2, picture.height / 2, picture.height * 0.8))
    return poser(picture, first.region).world * [1.0, -1.0, -1.0]


def _twist(both: np.ndarray) -> np.ndarray:
    """Metres by which left landmarks come out too near in a picture and in its mirror image (2, 33, 3)."""
    return np.array([(both[:, left, 2] - both[:, left + 1, 2]).sum() / 4 for left in _TWISTED])
