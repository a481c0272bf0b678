"""Which feet and hands stand on the floor, where somebody says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_capture.arrays import Flags

Said = NDArray[np.int8]


@dataclass(frozen=True)
class SaidContacts:
    """Contacts given by a person for left and right foot (F, 2) and hand (F, 2): 1 contact, -1 none, 0 not given."""

    feet: Said
    hands: Said

    @staticmethod
    def nothing(frames: int) -> SaidContacts:
        return SaidContacts(np.zeros((frames, 2), np.int8), np.zeros((frames, 2), np.int8))

    def of_feet(self, standing: Flags) -> Flags:
        """(F, 4) which heels and toes (`body_model.FEET`) stand: as was found, but where somebody says otherwise of their foot."""
        return _as_said(standing, np.tile(self.feet, 2))

    def of_hands(self, standing: Flags) -> Flags:
        """Return (F, 2) which hands stand, in the same way."""
        return _as_said(standing, self.hands)


def _as_said(standing: Flags, said: Said) -> Flags:
    return np.asarray((standing | (said > 0)) & ~(said < 0))
