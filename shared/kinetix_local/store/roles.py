"""Roles of a studio's keys. A key without a role does what its flags allow, as every key of a game does."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """An artist makes takes and cannot validate them; a lead does, and each time is noted."""

    ARTIST = "artist"
    LEAD = "lead"
