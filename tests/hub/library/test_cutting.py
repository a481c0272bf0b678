"""A long take is cut into emotes of the library: through the hub, its route and the command line; all of them, or none."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinetix_core.formats import glb
from kinetix_core.io import files, paths
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.models import Emote, EmoteChanged
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import EmoteId
from kinetix_hub.cli.emotes.cut import cut
from kinetix_hub.hub import Hub
from kinetix_hub.library.cutting import Cutting
from kinetix_hub.library.emote import Emote as LibraryEmote
from kinetix_hub.library.emote import write_sidecar
from kinetix_hub.library.evict import Evictor
from kinetix_hub.library.index import Index
from kinetix_hub.library.repair import Repair
from kinetix_hub.library.verify import sha256_of
from tests.hub.conftest import HubProcess
from tests.hub.double import PNG, Double, hub_with, library_of
from tests.support.refused import refused
from tests.support.takes.long_take import FPS, take, take_glb
from tests.support.waiting import LIMIT_S

TAKE = EmoteId("11111111-1111-4111-8111-111111111111")
TAKE_GLB = take_glb()


def library_with_the_take(home: Path) -> Path:
    """A home whose library has it as a backup would bring it back; the hub takes it in when it starts."""
    folder = paths.own(home / "library") / "Take"
    files.write(folder / "Take.glb", TAKE_GLB)
    files.write(folder / "Take.png", PNG)
    digest, now = sha256_of(folder / "Take.glb"), time.time()
    group = "5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11"
    write_sidecar(
        folder, LibraryEmote(TAKE, "Take", "Take", "local", "me", digest, 1, now, now, mature=True, group=group)
    )
    return home


@pytest.fixture
def hub(tmp_path: Path, double: Double) -> Iterator[Hub]:
    with hub_with(double, library_with_the_take(tmp_path / "home")) as found:
        yield found


def names(hub: Hub) -> set[str]:
    return {emote.name for emote in hub.all_emotes()}


def on_disk(hub: Hub) -> set[str]:
    root = hub.library.root
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_the_parts_become_emotes_that_keep_what_is_true_of_them(hub: Hub) -> None:
    before, seq = hub.library.index.get(TAKE), hub.events.seq
    proposed = hub.cutting.parts(TAKE).parts
    made = hub.cutting.cut(TAKE)
    assert [emote.name for emote in made] == ["Take 1", "Take 2", "Take 3"]
    told = [event.data.name for event in hub.events.since("test", seq).events if isinstance(event, EmoteChanged)]
    assert told == [emote.name for emote in made], "front ends hear of them"
    assert len(proposed) == 3 and hub.library.index.get(TAKE) == before, "the take stays"
    assert [emote.name for emote in hub.all_emotes()] == ["Take 1", "Take 2", "Take 3", "Take"], "in their order"
    whole = take()
    for emote, part in zip(made, proposed, strict=True):
        motion = glb.read_motion(Path(emote.files[FileKind.GLB]))
        first = round(part.start_s * FPS)
        assert motion.name == emote.name and motion.fps == FPS and "group" not in motion.extras
        there = whole.root_positions[first : first + len(motion)]
        np.testing.assert_allclose(motion.root_positions, there, atol=1e-5, err_msg="root motion")
        assert motion.extras["contacts"] == whole.extras["contacts"][first : first + len(motion)]
        assert (emote.cut_from, emote.group, emote.user, emote.mature) == (TAKE, None, "me", True)
        assert emote.frames == len(motion) and FileKind.THUMBNAIL in emote.files
        assert glb.read_character(Path(emote.files[FileKind.GLB])).faces.size, "with its body"
    ends = [(part.start_s, part.end_s) for part in proposed]
    assert [end for _, end in ends[:-1]] == [start for start, _ in ends[1:]]


def test_some_parts_at_times_of_ones_own_and_back_from_the_bin(hub: Hub) -> None:
    made = hub.cutting.cut(TAKE, at=[3.0, 1.0], chosen=[3, 1])
    assert [emote.name for emote in made] == ["Take 1", "Take 3"]
    assert [emote.duration_s for emote in made] == pytest.approx([1.0, 5.067], abs=0.01)
    again = hub.cutting.cut(TAKE, at=[1.0], chosen=[1])
    assert again[0].name == "Take 1" and Path(again[0].folder).name == "Take 1 2"
    hub.delete(made[0].id, bag=True)
    assert hub.library.restore(made[0].id) == made[0], "no service was asked about what it does not know"


def test_what_cannot_be_cut_is_said(hub: Hub) -> None:
    for at in ([99.0], [1.0, 1.0], [0.0]):
        with refused("badCut", InputError):
            hub.cutting.cut(TAKE, at)
    with refused("noSuchPart", InputError):
        hub.cutting.cut(TAKE, [1.0], [3])
    assert names(hub) == {"Take"}


def test_a_part_in_which_nothing_rests_has_no_cut(hub: Hub) -> None:
    (part,) = hub.cutting.cut(TAKE, chosen=[1])
    assert len(hub.cutting.parts(part.id).parts) == 1
    with refused("nothingToCut"):
        hub.cutting.cut(part.id)


class Noticed(Index):
    """An index that calls `saved` after it has saved and before folders move, and notes when its list is read."""

    def __init__(self, hub: Hub, saved: Callable[[], None]) -> None:
        super().__init__(hub.database)
        self._saved, self.read = saved, threading.Event()

    def save(self, *emotes: LibraryEmote) -> None:
        super().save(*emotes)
        self._saved()

    def all(self, **given: Any) -> Iterator[LibraryEmote]:
        for emote in super().all(**given):
            self.read.set()
            yield emote


def test_when_one_cannot_take_its_place_none_is_made(hub: Hub) -> None:
    before, theirs = on_disk(hub), hub.library.root / "Take 3" / "mine.txt"

    def take_the_place() -> None:
        theirs.parent.mkdir()
        theirs.touch()

    library = library_of(hub, Noticed(hub, take_the_place))
    with pytest.raises(OSError, match="not empty"):
        Cutting(library, lambda emote_id: hub.file(emote_id, FileKind.GLB)).cut(TAKE)
    shutil.rmtree(theirs.parent)
    assert names(hub) == {"Take"} and on_disk(hub) == before
    assert len(hub.cutting.cut(TAKE)) == 3, "and later it works"


def test_who_looks_for_problems_meanwhile_finds_none(hub: Hub) -> None:
    def look() -> None:
        if looker.ident is None:
            looker.start()
            assert index.read.wait(LIMIT_S)
            looker.join(0.3)  # long enough to see an emote without its folder

    index = Noticed(hub, look)
    library = library_of(hub, index)
    looker = threading.Thread(target=Repair(library).look)
    made = Cutting(library, lambda emote_id: hub.file(emote_id, FileKind.GLB)).cut(TAKE)
    looker.join(LIMIT_S)
    assert [hub.library.index.get(emote.id).problem for emote in made] == [None] * 3


def test_what_a_kill_left_on_the_way_has_its_place_at_the_next_start(tmp_path: Path) -> None:
    home = library_with_the_take(tmp_path / "home")

    with hub_with(Double(), home) as hub:
        made = hub.cutting.cut(TAKE)
        for emote in made[1:]:  # as if the second and the third had not come to their places
            folder = Path(emote.folder)
            files.make_folder(hub.library.incoming)
            folder.rename(hub.library.incoming / f"cut-{emote.id}")
    with hub_with(Double(), home) as hub:
        for emote in made:
            assert hub.library.index.get(emote.id).public(hub.library.root) == emote
            assert hub.repair.look() == [] and Path(emote.files[FileKind.GLB]).is_file()
        assert not list(hub.library.incoming.iterdir())


def test_an_emote_that_no_service_has_stays_and_is_asked_of_none(double: Double, hub: Hub) -> None:
    made = hub.cutting.cut(TAKE)
    evicted = Evictor(hub.library, limit=1).run()
    assert evicted == [TAKE], "only what can be fetched again makes room"
    asked: list[Callable[[], object]] = [
        lambda: hub.file(made[0].id, FileKind.FBX),
        lambda: hub.give(made[0].id, "other"),
        lambda: hub.watch(made[0].id),
        lambda: hub.refining.versions(made[0].id),
    ]
    for ask in asked:
        with refused("cutHere"):
            ask()
    assert hub.rename(made[0].id, "Hello there").name == "Hello there"
    assert not {"rename", "give", "take"} & set(double.calls)


def test_the_command_shows_the_parts_and_makes_emotes_of_them(own_hub: HubProcess) -> None:
    library_with_the_take(own_hub.home)
    link = own_hub.start()
    shown = own_hub.cli("emote", "cut", "take")
    assert shown.returncode == 0, shown.stderr
    assert "a move between rests" in shown.stdout and "kinetix emote cut Take --make" in shown.stdout
    own = json.loads(own_hub.cli("emote", "cut", "Take", "--at", "2.5", "--at", "1", "--json").stdout)
    assert [(part["endS"], part["why"]) for part in own["parts"]][:2] == [(1.0, "chosen"), (2.5, "chosen")]
    made = json.loads(own_hub.cli("emote", "cut", "Take", "--part", "3", "--part", "1", "--json").stdout)["emotes"]
    assert [Emote.model_validate(emote).name for emote in made] == ["Take 1", "Take 3"]
    assert {row["name"] for row in link.get("/v1/emotes")["emotes"]} == {"Take", "Take 1", "Take 3"}
    with pytest.raises(InputError):
        cut.main(["Take", "--part", "1", "--make"], standalone_mode=False)
    told = link.post(f"/v1/emotes/{TAKE}/cut", {"parts": [2]})
    assert [emote["name"] for emote in told["emotes"]] == ["Take 2"] and told["emotes"][0]["cutFrom"] == TAKE
