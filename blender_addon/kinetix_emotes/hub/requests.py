# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that several features share: send one, show the outcome, and check for online access."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import bpy

from kinetix_core.values.clip_length import MAX_SECONDS, MIN_SECONDS

from . import heartbeat
from .link import Answer


def show_outcome(title: str = "") -> Callable[[Answer], None]:
    """Return a callback that shows the outcome of a request in the status line."""

    def done(answer: Answer) -> None:
        if answer.error:
            heartbeat.LINK.state.notice("error", answer.error.get("title", ""), answer.error.get("nextStep", ""))
        elif title:
            heartbeat.LINK.state.notice("info", title)

    return done


def send_request(method: str, path: str, body: object = None, title: str = "") -> None:
    heartbeat.LINK.request(method, path, body, show_outcome(title))


def captures_here() -> bool:
    """Return whether the active profile captures on this machine."""
    return any(profile.get("active") and profile.get("kind") == "local" for profile in heartbeat.LINK.state.profiles)


def shortest_s() -> float:
    """Return the minimum length of a clip at the active profile's service, in seconds."""
    connection = heartbeat.LINK.state.connection
    return float(connection.get("minSeconds", MIN_SECONDS)) if connection else MIN_SECONDS


def longest_s() -> float:
    """Return the maximum length of a clip at the active profile's service, in seconds."""
    connection = heartbeat.LINK.state.connection
    return float(connection.get("maxSeconds", MAX_SECONDS)) if connection else MAX_SECONDS


def goes_online() -> bool:
    """Return whether the active profile leaves this machine and Blender's preferences do not allow that."""
    active = next((profile for profile in heartbeat.LINK.state.profiles if profile.get("active")), None)
    if active is None or active.get("kind") == "local":
        return False
    on_this_machine = urlsplit(active.get("url") or "").hostname in ("127.0.0.1", "localhost", "::1")
    return not on_this_machine and not bpy.app.online_access
