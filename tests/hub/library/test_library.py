"""The library on a real disk: identity, names, the bin, repair, eviction, and a database that was lost."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.models import Emote, NoticeEvent
from kinetix_core.values.errors import FormatError, InputError, KinetixError
from kinetix_hub.hub import Hub
from kinetix_hub.library.evict import Evictor
from tests.hub.double import Double, clip_in, create, glb, hub_with, wait_state
from tests.support.present import present


def emote(hub: Hub, folder: Path, name: str = "Balance") -> Emote:
    job = wait_state(hub, create(hub, clip_in(folder), name))
    assert job.state == "delivered", job
    return hub.library.index.get(present(job.emote_id)).public(hub.library.root)


def glb_of(hub: Hub, emote_id: str) -> Path:
    return Path(hub.library.index.get(emote_id).public(hub.library.root).files[FileKind.GLB])


def test_a_rename_keeps_the_identity_and_renames_the_files(tmp_path: Path) -> None:
    with hub_with(Double(), tmp_path / "home") as hub:
        first, second = emote(hub, tmp_path, "Wave"), emote(hub, tmp_path, "Bow")
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
        made = emote(hub, tmp_path)
    # Killed after the folder was renamed and before the index knew.
    Path(made.folder).rename(home / "library" / "Halfway")
    with hub_with(Double(), home) as hub:
        (found,) = hub.all_emotes()
        assert found.id == made.id and Path(found.folder).name == "Halfway"
        assert Path(found.files[FileKind.GLB]).exists()


def test_delete_is_undone_and_refresh_does_not_bring_it_back(tmp_path: Path) -> None:
    double = Double()
    with hub_with(double, tmp_path / "home") as hub:
        made = emote(hub, tmp_path)
        double.bags["player-1"] = [made.id]
        hub.delete(made.id)
        assert not hub.all_emotes() and not Path(made.folder).exists()
        with pytest.raises(KinetixError):
            hub.library.index.get(made.id)
        assert hub.refresh().as_dict() == {"added": [], "failed": []}
        other = emote(hub, tmp_path)  # takes the name meanwhile
        back = hub.library.restore(made.id)
        assert back.id == made.id and back.folder != other.folder
        assert Path(back.files[FileKind.GLB]).read_bytes() == glb(1)
        assert hub.library.restore(made.id) == back, "twice is once"


def test_the_bin_is_emptied_after_a_month_and_not_by_a_clock_set_back(tmp_path: Path) -> None:
    with hub_with(Double(), tmp_path / "home") as hub:
        made = emote(hub, tmp_path)
        hub.delete(made.id)
        assert hub.library.empty_bin() == 0
        binned = hub.library.index.get(made.id, deleted=True)
        binned.deleted = (binned.deleted or 0) + 10**7  # deleted in what is now the future
        hub.library.index.save(binned)
        assert hub.library.empty_bin() == 0
        binned.deleted = 1.0
        hub.library.index.save(binned)
        assert hub.library.empty_bin() == 1
        assert not list((tmp_path / "home" / "library" / ".originals").rglob("*.glb"))


def test_refresh_takes_over_the_bag(tmp_path: Path) -> None:
    double = Double()
    double.bags["player-1"] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"]
    double.files["11111111-1111-4111-8111-111111111111"] = glb(7)
    double.files["22222222-2222-4222-8222-222222222222"] = b"<html>not here</html>"
    with hub_with(double, tmp_path / "home") as hub:
        found = hub.refresh()
        assert found.added == ["11111111-1111-4111-8111-111111111111"]
        assert found.failed[0].error.code == "badFile"
        assert hub.refresh().added == []
        assert not list((tmp_path / "home" / "library" / ".incoming").iterdir())


def test_a_format_nobody_wanted_comes_when_it_is_asked_for(tmp_path: Path) -> None:
    with hub_with(Double(), tmp_path / "home") as hub:
        made = emote(hub, tmp_path)
        assert "bvh" not in made.files
        assert hub.file(made.id, FileKind.BVH).read_bytes() == b"HIERARCHY\n"
        assert "bvh" in hub.library.index.get(made.id).files
        with pytest.raises(KinetixError) as caught:
            hub.file(made.id, FileKind.FBX)
        assert caught.value.code == "noSuchFile"


def test_eviction_spares_pinned_and_recent_and_files_come_back(tmp_path: Path) -> None:
    double = Double()
    with hub_with(double, tmp_path / "home") as hub:
        made = [emote(hub, tmp_path, name) for name in ("Old", "Pinned", "New")]
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


def test_a_database_that_is_gone_is_built_again_from_the_library(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with hub_with(Double(), home) as hub:
        made = [emote(hub, tmp_path, name) for name in ("動作", "Bow")]
        hub.library.pin(made[0].id, True)
        hub.delete(made[1].id)
    for path in (home / "hub").glob("hub.db*"):
        path.write_bytes(b"this is no database at all" * 500)
    with hub_with(Double(), home) as hub:
        (found,) = hub.all_emotes()
        assert found.id == made[0].id and found.pinned and found.sha256 == made[0].sha256
        assert hub.library.restore(made[1].id).name == "Bow"
        notices = [event.data for event in hub.events.since("test", 0).events if isinstance(event, NoticeEvent)]
        assert "1 emotes were found" in notices[0].title
        assert list((home / "hub").glob("hub.db.damaged-*"))


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


# What somebody or something does to the library → (what doctor calls it, what the GLB is after --fix: original, changed or later)
TABLE: dict[str, tuple[Callable[[Path, Path], object], str | None, str]] = {
    "the GLB is deleted": (lambda folder, file: file.unlink(), "fileMissing", "original"),
    "the GLB is replaced by another one": (lambda folder, file: file.write_bytes(glb(99)), "fileChanged", "changed"),
    "the GLB is cut short": (lambda folder, file: _truncate(file), "fileDamaged", "original"),
    "the GLB is something else": (lambda folder, file: file.write_bytes(b"<html>"), "fileDamaged", "original"),
    "the folder is deleted": (lambda folder, file: shutil.rmtree(folder), "folderMissing", "original"),
    "the sidecar is deleted": (lambda folder, file: (folder / "emote.json").unlink(), "sidecarDamaged", "original"),
    "the sidecar is cut short": (
        lambda folder, file: (folder / "emote.json").write_text("{"),
        "sidecarDamaged",
        "original",
    ),
    "the sidecar is a list": (
        lambda folder, file: (folder / "emote.json").write_text("[1]"),
        "sidecarDamaged",
        "original",
    ),
    "the sidecar is binary": (
        lambda folder, file: (folder / "emote.json").write_bytes(b"\xff\xfe\0"),
        "sidecarDamaged",
        "original",
    ),
    "the GLB is only touched": (lambda folder, file: os.utime(file, (1, 1)), None, "original"),
    "another file lies beside it": (lambda folder, file: (folder / "notes.txt").write_text("mine"), None, "original"),
}


@pytest.mark.parametrize("what", TABLE)
def test_doctor_finds_and_cures(tmp_path: Path, what: str) -> None:
    harm, code, after = TABLE[what]
    double = Double()
    with hub_with(double, tmp_path / "home") as hub:
        made, other = emote(hub, tmp_path), emote(hub, tmp_path, "Other")
        harm(Path(made.folder), Path(made.files[FileKind.GLB]))
        found = hub.repair.look()
        assert [row.code for row in found] == ([code] if code else [])
        if code:
            assert found[0].next_step and hub.library.index.get(made.id).problem
        hub.repair.fix()
        assert hub.repair.look() == []
        assert glb_of(hub, made.id).read_bytes() == (glb(99) if after == "changed" else glb(1))
        assert glb_of(hub, other.id).read_bytes() == glb(2)
        sidecar = json.loads((glb_of(hub, made.id).parent / "emote.json").read_text(encoding="utf-8"))
        assert sidecar["id"] == made.id and sidecar["sha256"] == hub.library.index.get(made.id).sha256
        if code == "fileDamaged":
            assert list(glb_of(hub, made.id).parent.glob("*.damaged-*")), "a person's file is never thrown away"
    assert len(double.uploads) == 2


def test_a_lost_file_whose_original_is_lost_too_comes_from_the_service(tmp_path: Path) -> None:
    with hub_with(Double(), tmp_path / "home") as hub:
        made = emote(hub, tmp_path)
        shutil.rmtree(made.folder)
        shutil.rmtree(tmp_path / "home" / "library" / ".originals")
        hub.repair.fix()
        assert hub.repair.look() == [] and hub.library.index.get(made.id).evicted
        assert hub.file(made.id, FileKind.GLB).read_bytes() == glb(1)


def test_a_folder_from_a_backup_is_taken_in(tmp_path: Path) -> None:
    with hub_with(Double(), tmp_path / "a") as hub:
        made = emote(hub, tmp_path)
        shutil.copytree(made.folder, tmp_path / "b" / "library" / unicodedata.normalize("NFD", "Mátyás copy"))
    with hub_with(Double(), tmp_path / "b") as hub:
        (found,) = hub.all_emotes()
        assert found.id == made.id


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_damaged_download_is_fetched_again_and_given_up_at_last(tmp_path: Path, times: int) -> None:
    double = Double()
    good = double.download
    bad = [FormatError("What came is no .glb file but a web page.")] * times
    double.fail["download"] = list(bad)
    with hub_with(double, tmp_path / "home") as hub:
        job = wait_state(hub, create(hub, clip_in(tmp_path)))
        assert job.state == ("delivered" if times < 3 else "failed"), job
        if times == 3:
            assert present(job.error).code == "badFile" and present(job.error).next_step
            assert not hub.all_emotes()
    assert good is not None and len(double.uploads) == 1


def test_a_mislabelled_picture_is_left_out(tmp_path: Path) -> None:
    double = Double()
    real = double.download

    def swap(url: str, target: Path, *, extension: str, **rest: Any) -> None:
        real(url, target, extension=extension, **rest)
        if extension == "png":
            target.write_bytes(b"MZ\x90\x00 an executable")

    double.download = swap  # type: ignore[method-assign]
    with hub_with(double, tmp_path / "home") as hub:
        made = emote(hub, tmp_path)
        assert set(made.files) == {"glb"} and made.problem is None
