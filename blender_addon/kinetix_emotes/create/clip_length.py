# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons that allow longer and shorter clips than the Kinetix cloud does."""

from __future__ import annotations

from typing import cast

from bpy.types import Context, Operator

from kinetix_core.protocol.hub.json_types import Connection
from kinetix_core.values.clip_length import LONGEST_SECONDS, MAX_SECONDS, MIN_SECONDS, SHORTEST_SECONDS

from .. import messages
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import show_outcome, takes_long_clips, takes_short_clips
from . import many, verdict


class KINETIX_OT_long_clips(Operator):
    bl_idname = "kinetix.long_clips"
    bl_label = "Allow Clips up to 1 Minute"
    bl_description = "Accept clips of up to 60 s on this machine, instead of 10 s"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        _send({"maxSeconds": MAX_SECONDS if takes_long_clips() else LONGEST_SECONDS})


class KINETIX_OT_short_clips(Operator):
    bl_idname = "kinetix.short_clips"
    bl_label = "Allow Clips under 1 Second"
    bl_description = "Accept clips from 0.3 s on this machine, instead of from 1 s"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        _send({"minSeconds": MIN_SECONDS if takes_short_clips() else SHORTEST_SECONDS})


def _send(change: dict[str, float]) -> None:
    heartbeat.LINK.request("PUT", "/v1/connection/clip-length", change, _changed)


def _changed(answer: Answer) -> None:
    state = heartbeat.LINK.state
    if answer.error:
        show_outcome()(answer)
    elif isinstance(answer.data, dict):
        state.connection = cast("Connection", answer.data)
        state.changed()
        # What was said against a clip's length may hold no more.
        verdict.ask()
        many.look_again()
