"""A clip of several people through the hub: every person's emote comes into the library, and they keep together."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.identity import EmoteId
from kinetix_core.values.people import People
from kinetix_hub.hub import Hub
from tests.hub.double import Double, clip_in, glb, hub_with, temporary, wait_state
from tests.support.present import present
from tests.support.waiting import until

OTHER = "7a0c1f0e-0000-4000-8000-000000000002"


def test_what_came_of_the_second_person_survives_a_start(tmp_path: Path) -> None:
    double, home = Double(fail={"download": [None, None, None, temporary(retry_after=600)]}), tmp_path / "home"
    with hub_with(double, home) as hub:
        job, _ = _duo(hub, double, clip_in(tmp_path))
        until(lambda: hub.store.public(job).error)
    with hub_with(double, home, start=False) as hub:
        hub.repair.sweep({live.id for live in hub.store.live()})
        came = {str(file.relative_to(hub.library.incoming)) for file in hub.library.incoming.glob("*/glb.glb")}
        assert came == {str(Path(name, "glb.glb")) for name in (job, f"{job}-person-2")}
        hub.repair.sweep(())
        assert not list(hub.library.incoming.iterdir()), "no job will finish them"


def _duo(hub: Hub, double: Double, clip: Path) -> tuple[str, EmoteId]:
    """A job whose clip turns out to show two people, and the first one's emote. It goes on from there."""
    double.looks = 10**6
    job = hub.commands.create(str(clip), "Duo", JobSettings(people=People.ALL), None, None).id
    wait_state(hub, job, "processing")
    process, row = next(iter(double.rows.items()))
    own = present(row.emote)
    double.rows[process] = dataclasses.replace(row, emotes=(own, EmoteId(OTHER)))
    double.files[OTHER] = glb(99)
    double.looks = 0
    return job, own
