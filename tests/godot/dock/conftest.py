"""One headless editor with the add-on and a hub, for all tests of this folder."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinetix_core.formats import glb
from kinetix_core.io import files, paths
from kinetix_core.motion import Motion
from kinetix_core.values.identity import EmoteId
from kinetix_hub.library.emote import Emote, write_sidecar
from kinetix_hub.library.verify import sha256_of
from tests.godot import emotes
from tests.godot.editor import Editor, editor, hub, imported_project
from tests.support import tools
from tests.support.takes.long_take import take

GROUP = "5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11"


def _put(home: Path, motion: Motion, name: str) -> None:
    """Write an emote into the library, to be indexed when the hub starts."""
    folder = paths.own(home / "library") / name
    files.write(folder / f"{name}.glb", glb.write_emote(motion.with_(name=name)))
    digest, now = sha256_of(folder / f"{name}.glb"), time.time()
    emote_id = EmoteId(str(uuid.uuid5(uuid.NAMESPACE_OID, name)))
    group = motion.extras.get("group", {}).get("id")
    write_sidecar(folder, Emote(emote_id, name, name, "local", "me", digest, 1, now, now, group=group))


def _person(number: int, x: float, yaw: float, start: float) -> Motion:
    """Return one of two people of a clip."""
    place = {"id": GROUP, "of": 2, "person": number, "x": x, "z": 0.25, "yawDegrees": yaw, "startS": start, "size": 1.0}
    return emotes.wave().with_(extras={"group": place})


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    root = imported_project(tmp_path_factory, tmp_path_factory.mktemp("dock")).parent
    library = {
        "Wave": emotes.wave(),
        "Bow": emotes.bow(),
        "Take": take(),
        "Duet": _person(2, 0.6, -90.0, 0.5),
        "Zwei": _person(1, -0.6, 90.0, 0.0),
    }
    for name, motion in library.items():
        _put(root / "home", motion, name)
    with hub(root), editor(root, {"KINETIX_COMMAND": str(tools.kinetix())}) as found:
        found.until("link.is_up()")
        found.follow("emotes", "library")
        for name in library:
            found.imported(f"emotes/{name}.glb")
        yield found
