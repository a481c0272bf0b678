# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the hub what is wrong and keep what it found. Nothing waits: the answer comes in a slice of the timer.

It lives in this process only, so nothing of it is in a file or in the undo history.
"""

from __future__ import annotations

from typing import cast

from kinetix_core.protocol.hub.enumerations import CheckState
from kinetix_core.protocol.hub.json_types import DoctorReport

from ..hub import heartbeat
from ..hub.link import Answer, Done
from ..hub.requests import goes_online
from .findings import Finding, findings_in, unanswered

# Every file of the library is read, and a service far away is tried.
PATIENT_S = 600.0
_OFFLINE = Finding(
    CheckState.ERROR,
    "Service that creates the emotes",
    "Blender's Online Access is off.",
    "Allow Online Access in Preferences > System, then check again.",
)


class Examination:
    """Results of the last check. `findings` is None until the hub answers, and empty without problems."""

    def __init__(self) -> None:
        self.shown = False
        self.findings: tuple[Finding, ...] | None = None
        self._asked: Done | None = None
        self._standing: tuple[str, ...] = ()

    @property
    def looking(self) -> bool:
        return self._asked is not None

    def look(self) -> None:
        """Ask, and start the hub where there is none. The answer to a former question counts no more."""

        def received(answer: Answer) -> None:
            if self._asked is received:
                self._take(answer)

        self.shown, self._asked = True, None
        if goes_online():  # the hub would try the service
            self._found((_OFFLINE,))
            return
        self._asked = received
        if heartbeat.LINK.phase in ("off", "failed"):
            heartbeat.connect()
        heartbeat.LINK.request("GET", "/v1/doctor", None, received, limit_s=PATIENT_S)
        heartbeat.LINK.state.changed()

    def close(self) -> None:
        """Put the findings away; an answer that is still on its way is not taken."""
        self.shown, self.findings, self._asked = False, None, None
        heartbeat.LINK.state.changed()

    def tick(self) -> None:
        """Look again when the connection or the hub is another than when it looked: a cure shows by itself."""
        if not self.shown:
            return
        if heartbeat.LINK.phase == "off":  # a person stopped the hub
            self.close()
        elif self._asked is not None:
            if not heartbeat.LINK.carries(self._asked):  # it went with the link that a restart closed
                self.look()
        elif self._standing != _standing() and (self._standing or heartbeat.LINK.phase == "live"):
            self.look()

    def _take(self, answer: Answer) -> None:
        if answer.error is not None:
            self._found((unanswered(answer.error),))
            if answer.status == 0:  # it holds only until a hub answers
                self._standing = ()
        elif isinstance(answer.data, dict):
            self._found(findings_in(cast("DoctorReport", answer.data)))
        else:
            self._found(())

    def _found(self, findings: tuple[Finding, ...]) -> None:
        self.findings, self._asked, self._standing = findings, None, _standing()
        heartbeat.LINK.state.changed()


def _standing() -> tuple[str, ...]:
    """Which hub it is and how it stands with the service, as far as another answer is to be expected when it changes."""
    state = heartbeat.LINK.state
    connection = state.connection
    known = (connection["profile"], connection["state"], connection.get("code", "")) if connection else ()
    return (state.start_id, *known, "offline" if goes_online() else "")


EXAMINATION = Examination()
