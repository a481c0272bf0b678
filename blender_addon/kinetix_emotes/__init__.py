# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinetix Emotes: film a move, get an emote, see it on your own character. Registration is in registration.py."""

from .registration import register, unregister

__all__ = ["register", "unregister"]
