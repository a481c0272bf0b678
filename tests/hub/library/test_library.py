"""The library on a real disk: identity, names, the bin, repair, eviction, and a database that was lost."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.errors import FormatError, InputError, KinetixError
from kinetix_hub.hub import Hub
from kinetix_hub.library.evict import Evictor
from tests.hub.double import Double, create, delivered, glb, glb_of, hub_with, wait_state
from tests.support.present import present
from tests.support.refused import refused


def test_a_rename_keeps_the_identity_and_renames_the_files(hub: Hub) -> None:
    first, second = delivered(hub, "Wave"), delivered(hub, "Bow")
    found = hub.rename(second.id, "wave")
    assert found.id == second.id and found.name == "wave"
    assert Path(found.folder).name == "wave 2", "one file on macOS and Windows"
    assert Path(found.files[FileKind.GLB]).name == "wave 2.glb" and Path(found.files[FileKind.GLB]).exists()
    assert not Path(second.folder).exists() and Path(first.files[FileKind.GLB]).exists()
    again = hub.rename(first.id, "WAVE")
    assert Path(again.folder).name == "WAVE", "only the case changes: no number"
    with pytest.raises(InputError):
        hub.rename(first.id, "   ")


def test_the_folder_knows_its_emote_after_a_kill_in_the_middle_of_a_rename(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with hub_with(Double(), home) as hub:
        made = delivered(hub)
    # Killed after the folder was renamed and before the index knew.
    Path(made.folder).rename(home / "library" / "Halfway")
    with hub_with(Double(), home) as hub:
        (found,) = hub.all_emotes()
        assert found.id == made.id and Path(found.folder).name == "Halfway"
        assert Path(found.files[FileKind.GLB]).exists()


def test_delete_is_undone_and_refresh_does_not_bring_it_back(double: Double, hub: Hub) -> None:
    made = delivered(hub)
    double.bags["player-1"] = [made.id]
    hub.delete(made.id)
    assert not hub.all_emotes() and not Path(made.folder).exists()
    with pytest.raises(KinetixError):
        hub.library.index.get(made.id)
    assert hub.refresh().as_dict() == {"added": [], "failed": []}
    other = delivered(hub)  # takes the name meanwhile
    back = hub.library.restore(made.id)
    assert back.id == made.id and back.folder != other.folder
    assert Path(back.files[FileKind.GLB]).read_bytes() == glb(1)
    assert hub.library.restore(made.id) == back, "twice is once"


def test_the_bin_is_emptied_after_a_month_and_not_by_a_clock_set_back(hub: Hub) -> None:
    made = delivered(hub)
    hub.delete(made.id)
    assert hub.library.empty_bin() == 0
    binned = hub.library.index.get(made.id, deleted=True)
    binned.deleted = (binned.deleted or 0) + 10**7  # deleted in what is now the future
    hub.library.index.save(binned)
    assert hub.library.empty_bin() == 0
    binned.deleted = 1.0
    hub.library.index.save(binned)
    assert hub.library.empty_bin() == 1
    assert not list((hub.library.root / ".originals").rglob("*.glb"))


def test_refresh_takes_over_the_bag(double: Double, hub: Hub) -> None:
    good, bad = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    double.bags["player-1"] = [good, bad]
    double.files |= {good: glb(7), bad: b"<html>not here</html>"}
    found = hub.refresh()
    assert found.added == [good]
    assert found.failed[0].error.code == "badFile"
    assert hub.refresh().added == []
    assert not list(hub.library.incoming.iterdir())


def test_a_format_nobody_wanted_comes_when_it_is_asked_for(hub: Hub) -> None:
    made = delivered(hub)
    assert "bvh" not in made.files
    assert hub.file(made.id, FileKind.BVH).read_bytes() == b"HIERARCHY\n"
    assert "bvh" in hub.library.index.get(made.id).files
    with refused("noSuchFile"):
        hub.file(made.id, FileKind.FBX)


def test_eviction_spares_pinned_and_recent_and_files_come_back(double: Double, hub: Hub) -> None:
    made = [delivered(hub, name) for name in ("Old", "Pinned", "New")]
    hub.library.pin(made[1].id, True)
    for number, row in enumerate(made):
        kept = hub.library.index.get(row.id)
        kept.used = float(number)
        hub.library.index.save(kept)
    limit = hub.library.index.bytes_used() - 10
    assert Evictor(hub.library, limit).run() == [made[0].id]
    gone = hub.library.index.get(made[0].id).public(hub.library.root)
    assert gone.evicted and gone.problem is None and set(gone.files) == {"thumbnail"}
    assert hub.repair.look() == []
    # Offline: the rest is there, and the one that is not says so.
    double.fail["emote"] = [KinetixError("away", code="offline", next_step="")]
    assert hub.file(made[2].id, FileKind.GLB).exists()
    with pytest.raises(KinetixError):
        hub.file(made[0].id, FileKind.GLB)
    assert hub.file(made[0].id, FileKind.GLB).read_bytes() == glb(1)
    assert not hub.library.index.get(made[0].id).evicted


# What somebody or something does to the library → what doctor calls it
TABLE: dict[str, tuple[Callable[[Path, Path], object], str | None]] = {
    "the GLB is deleted": (lambda folder, file: file.unlink(), "fileMissing"),
    "the GLB is replaced by another one": (lambda folder, file: file.write_bytes(glb(99)), "fileChanged"),
    "the GLB is cut short": (lambda folder, file: os.truncate(file, file.stat().st_size - 5), "fileDamaged"),
    "the GLB is something else": (lambda folder, file: file.write_bytes(b"<html>"), "fileDamaged"),
    "the folder is deleted": (lambda folder, file: shutil.rmtree(folder), "folderMissing"),
    "the sidecar is deleted": (lambda folder, file: (folder / "emote.json").unlink(), "sidecarDamaged"),
    "the sidecar is cut short": (lambda folder, file: (folder / "emote.json").write_text("{"), "sidecarDamaged"),
    "the sidecar is a list": (lambda folder, file: (folder / "emote.json").write_text("[1]"), "sidecarDamaged"),
    "the sidecar is binary": (lambda folder, file: (folder / "emote.json").write_bytes(b"\xff\0"), "sidecarDamaged"),
    "the GLB is only touched": (lambda folder, file: os.utime(file, (1, 1)), None),
    "another file lies beside it": (lambda folder, file: (folder / "notes.txt").write_text("mine"), None),
}


@pytest.mark.parametrize("what", TABLE)
def test_doctor_finds_and_cures(double: Double, hub: Hub, what: str) -> None:
    harm, code = TABLE[what]
    made, other = delivered(hub), delivered(hub, "Other")
    harm(Path(made.folder), Path(made.files[FileKind.GLB]))
    found = hub.repair.look()
    assert [row.code for row in found] == ([code] if code else [])
    if code:
        assert found[0].next_step and hub.library.index.get(made.id).problem
    hub.repair.fix()
    assert hub.repair.look() == []
    assert glb_of(hub, made.id).read_bytes() == (glb(99) if code == "fileChanged" else glb(1))
    assert glb_of(hub, other.id).read_bytes() == glb(2)
    sidecar = json.loads((glb_of(hub, made.id).parent / "emote.json").read_text(encoding="utf-8"))
    assert sidecar["id"] == made.id and sidecar["sha256"] == hub.library.index.get(made.id).sha256
    if code == "fileDamaged":
        assert list(glb_of(hub, made.id).parent.glob("*.damaged-*")), "a person's file is never thrown away"
    assert len(double.uploads) == 2


def test_a_lost_file_whose_original_is_lost_too_comes_from_the_service(hub: Hub) -> None:
    made = delivered(hub)
    shutil.rmtree(made.folder)
    shutil.rmtree(hub.library.root / ".originals")
    hub.repair.fix()
    assert hub.repair.look() == [] and hub.library.index.get(made.id).evicted
    assert hub.file(made.id, FileKind.GLB).read_bytes() == glb(1)


def test_a_folder_from_a_backup_is_taken_in(tmp_path: Path) -> None:
    with hub_with(Double(), tmp_path / "a") as hub:
        made = delivered(hub)
        shutil.copytree(made.folder, tmp_path / "b" / "library" / unicodedata.normalize("NFD", "Mátyás copy"))
    with hub_with(Double(), tmp_path / "b") as hub:
        (found,) = hub.all_emotes()
        assert found.id == made.id


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_damaged_download_is_fetched_again_and_given_up_at_last(double: Double, hub: Hub, times: int) -> None:
    double.fail["download"] = [FormatError("What came is no .glb file but a web page.") for _ in range(times)]
    job = wait_state(hub, create(hub))
    assert job.state == ("delivered" if times < 3 else "failed"), job
    if times == 3:
        assert present(job.error).code == "badFile" and present(job.error).next_step
        assert not hub.all_emotes()
    assert len(double.uploads) == 1


def test_a_mislabelled_picture_is_left_out(double: Double, hub: Hub) -> None:
    double.thumbnail = b"MZ\x90\x00 an executable"
    made = delivered(hub)
    assert set(made.files) == {"glb"} and made.problem is None
