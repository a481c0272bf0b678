"""Deleting for good, on both databases: everything of one user with its proof, and what a world keeps for some days only."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from kinetix_capture.quality_model import QualityReport
from kinetix_core.values.errors import InputError
from kinetix_local.commands.local import local
from kinetix_local.queue.interface import LeaseLost
from kinetix_local.store import audit, emotes, processes, refinements, users, worlds
from kinetix_local.store.blobs import StorageError
from kinetix_local.store.cleaning import removals
from kinetix_local.store.cleaning.purge import Purged, purge
from kinetix_local.store.library_edits import find, set_tags
from kinetix_local.store.sql import tables
from kinetix_studio import retention
from kinetix_studio.retention import LetGo
from tests.local.queue.test_leases import delivery, files_of, queue, take
from tests.support import tools
from tests.support.present import present
from tests.support.studio import HookedBlobs, IdleService, add_clip, idle_service, once_at, store
from tests.support.waiting import LIMIT_S

__all__ = ["idle_service", "store"]
pytestmark = pytest.mark.xdist_group("local-postgres")
DAY_MS = 86_400_000


def captured(service: IdleService, user: str, clip: bytes, worker: str) -> str:
    """A process that became an emote. What the worker delivers differs by its name alone."""
    process = add_clip(service, user, contents=clip)
    job = take(service, f"{worker}/local")
    assert job.lease.process == process
    queue(service, f"{worker}/local").deliver(job, delivery(job))
    return process


def purged(service: IdleService, user: str) -> Purged:
    with service.database.read() as db:
        world = worlds.world_of_id(db, 1)
    return purge(service.database, service.blobs, world, user, service.clock.now())


def count_of(service: IdleService) -> dict[str, int]:
    with service.database.read() as db:
        return {
            table.name: int(db.execute(select(func.count()).select_from(table)).scalar_one())
            for table in tables.metadata.sorted_tables
            if table.name not in {"audit", "settings", "world_turns"}
        }


def going(service: IdleService) -> set[str]:
    """Files that are noted for removal."""
    with service.database.read() as db:
        return set(db.execute(select(tables.going_files.c.blob)).scalars())


def blobs_of(service: IdleService) -> set[str]:
    root = service.blobs.root
    return {path.relative_to(root).as_posix() for path in root.rglob("*.*") if path.is_file()}


def test_everything_of_a_user_goes_and_is_told(idle_service: IdleService) -> None:
    service = idle_service
    stays = captured(service, "stays", b"another clip", "shared")
    rows_before, files_before = count_of(service), blobs_of(service)
    alone, same = captured(service, "leaves", b"a clip", "own"), captured(service, "leaves", b"a clip", "shared")
    add_clip(service, "leaves", contents=b"captured just now")
    busy = take(service, "late/local")
    add_clip(service, "leaves", contents=b"it waits")
    with service.database.write() as db:
        now = service.clock.now()
        leaving, staying = present(users.find(db, 1, "leaves")), present(users.find(db, 1, "stays"))
        emote = present(processes.find(db, alone)).emote
        emotes.give(db, staying.id, emote, now)
        worlds.add_alias(db, 1, now, name=f"daily {alone}", emotes=[emote, present(processes.find(db, stays)).emote])
        set_tags(db, find(db, present(emotes.bag_row(db, leaving.id, emote)).id), ["mine"])
        processes.add_token(db, now, 60_000, world_id=1, key_id=1, user_id=leaving.id, parent=None, metadata=None)
        rows_before["aliases"] += 1
    told = purged(service, "leaves")
    assert count_of(service) == rows_before and blobs_of(service) == files_before
    assert told.rows == {
        "alias entries": 1,
        "assets": 4 + 2,
        "bag": 3,
        "captures": 2,
        "files": 4 + 2,
        "processes": 4,
        "tags": 1,
        "tokens": 1,
        "users": 1,
        "world_emotes": 2,
    }
    hashes = {entry["sha256"]: entry["bytes"] for entry in told.files}
    uploads = [b"a clip", b"captured just now", b"it waits", b"own/local"]
    assert hashes == {hashlib.sha256(data).hexdigest(): len(data) for data in uploads}
    digest = hashlib.sha256(b"shared/local").hexdigest()
    assert told.kept == [f"{digest[:2]}/{digest[2:]}.glb"], "another emote has the same content"
    proof = told.as_dict()
    plain = json.dumps(
        {name: value for name, value in proof.items() if name != "proof"},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    assert proof["proof"] == hashlib.sha256(plain.encode()).hexdigest()
    assert same != alone and service.process(stays).step == "done"
    with service.database.read() as db:
        proven, noted = audit.entries(db, 2)
    assert (noted.action, noted.details["rows"]) == ("purge_user", told.rows)
    assert (proven.action, proven.details["proof"]) == ("prove_purge", proof["proof"])
    with pytest.raises(LeaseLost):
        queue(service, "late/local").deliver(busy, delivery(busy))
    assert count_of(service) == rows_before
    with pytest.raises(InputError):
        purged(service, "leaves")


def test_a_purge_is_noted_when_a_file_cannot_be_removed(idle_service: IdleService) -> None:
    def refuse(_blob: str) -> None:
        raise StorageError("The storage does not answer.", code="broke", next_step="")

    add_clip(idle_service, "leaves", contents=b"a clip")
    idle_service.blobs = HookedBlobs(idle_service.blobs.root, remove=refuse)
    with idle_service.database.read() as db:
        before = audit.entries(db, 1)
    with pytest.raises(StorageError):
        purged(idle_service, "leaves")
    with idle_service.database.read() as db:
        (noted,) = audit.entries(db, 1)
    assert [noted] != before
    assert (noted.action, noted.details["rows"]["users"]) == ("purge_user", 1)


def test_a_capture_of_the_same_contents_is_put_there_again_after_a_purge(idle_service: IdleService) -> None:
    """A purge comes between a result's files and the rows that name them."""
    service = idle_service
    captured(service, "leaves", b"a clip", "both")
    process = add_clip(service, "stays", contents=b"another clip")
    job, own, well = take(service, "both/local"), queue(service, "both/local"), service.blobs

    def purge_it(blob: str) -> None:
        assert blob in {entry["name"] for entry in purged(service, "leaves").files}

    service.blobs = HookedBlobs(well.root, added=purge_it)
    with pytest.raises(StorageError):
        own.deliver(job, delivery(job))
    service.blobs = well
    assert service.process(process).step == "waiting_runner"
    own.deliver(job, delivery(job))  # as the runner does where the storage could not do its part
    assert service.process(process).step == "done" and files_of(service, process) == [b"both/local"]


def test_a_capture_waits_for_the_file_that_a_purge_removes_just_now(idle_service: IdleService) -> None:
    """It comes while the purge looks at the file, and its own is not the one that goes."""
    service = idle_service
    captured(service, "leaves", b"a clip", "twice")
    process = add_clip(service, "stays", contents=b"another clip")
    job, own, refused = take(service, "twice/local"), queue(service, "twice/local"), list[str]()

    def deliver_it(blob: str) -> None:
        if not refused and not blob.startswith("uploads/"):
            refused.append("")
            with pytest.raises(StorageError) as caught:
                own.deliver(job, delivery(job))
            refused[:] = [caught.value.detail]

    service.blobs = HookedBlobs(service.blobs.root, size=deliver_it)
    told = purged(service, "leaves")
    assert {*refused} <= {entry["name"] for entry in told.files} and not told.kept
    own.deliver(job, delivery(job))
    assert files_of(service, process) == [b"twice/local"]


def test_a_purge_leaves_what_others_have_as_well(idle_service: IdleService) -> None:
    captured(idle_service, "leaves", b"a clip", "both")
    process = captured(idle_service, "stays", b"another clip", "both")
    told = purged(idle_service, "leaves")
    assert files_of(idle_service, process) == [b"both/local"]
    assert len(told.kept) == 1 and [entry["name"].partition("/")[0] for entry in told.files] == ["uploads"]
    captured(idle_service, "comes", b"a third clip", "both")
    assert going(idle_service) == set()


def test_everybody_writes_while_a_purge_removes_files(idle_service: IdleService) -> None:
    captured(idle_service, "leaves", b"a clip", "alone")
    seen = set[str]()

    def write(_blob: str) -> None:
        captured(idle_service, "stays", b"another clip", "other")
        seen.update(going(idle_service))

    idle_service.blobs = HookedBlobs(idle_service.blobs.root, remove=write)
    told = purged(idle_service, "leaves")
    assert len(told.files) == 2 and seen == {entry["name"] for entry in told.files}
    assert going(idle_service) == set()


_DIES = """
import os, sys
from pathlib import Path
from kinetix_local.store.cleaning import purge
from kinetix_local.store import worlds
from kinetix_local.store.blobs.folder import FolderBlobs
from kinetix_local.store.sql.database import Database

url, root, when = sys.argv[1:]
remove = FolderBlobs.remove

def dying(blobs, name):
    if when == "after":
        remove(blobs, name)
    os.kill(os.getpid(), 9) if os.name == "posix" else os._exit(9)

FolderBlobs.remove = dying
database = Database(url)
with database.read() as db:
    world = worlds.world_of_id(db, 1)
purge.purge(database, FolderBlobs(Path(root)), world, "leaves", 1)
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_purge_that_is_killed_is_finished_and_takes_nothing_of_others(idle_service: IdleService, when: str) -> None:
    """It dies before or after a file goes. Who delivers the same contents has to wait until then, and no longer."""
    service = idle_service
    worker = f"dies-{when}"
    before = blobs_of(service)
    captured(service, "leaves", b"a clip", worker)
    (of_emote,) = {blob for blob in blobs_of(service) - before if not blob.startswith("uploads/")}
    process = add_clip(service, "stays", contents=b"another clip")
    job, own = take(service, f"{worker}/local"), queue(service, f"{worker}/local")
    died = subprocess.run(
        [str(tools.python()), "-c", _DIES, service.database.url, str(service.blobs.root), when],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT_S,
    )
    assert died.returncode in {-9, 9}, died.stderr
    noted = going(service)
    assert of_emote in noted and len(noted) == 2
    with service.database.read() as db:
        assert users.find(db, 1, "leaves") is None
    with pytest.raises(StorageError):
        own.deliver(job, delivery(job))
    removals.finish(service.database, service.blobs)
    assert going(service) == noted  # somebody may be about to
    with service.database.write() as db:
        db.execute(update(tables.going_files).values(noted_at=0))
    own.deliver(job, delivery(job))
    removals.finish(service.database, service.blobs)
    assert going(service) == set() and files_of(service, process) == [f"{worker}/local".encode()]
    assert not (noted - {of_emote}) & blobs_of(service)


def test_the_hubs_copy_of_a_clip_goes_with_the_clip(idle_service: IdleService) -> None:
    service = idle_service
    stays, leaves = (add_clip(service, user, contents=b"a clip") for user in ("stays", "leaves"))
    folder = service.folder / "clips"
    folder.mkdir(exist_ok=True)
    copies = [folder / f"{service.process(process).video}.mp4" for process in (stays, leaves)]
    others = [folder / ".kinetix-0123456789abcdef.tmp", folder / f"{'0' * 62}.mp4"]  # being written; of an import
    for path in (*copies, *others):
        path.write_bytes(b"a clip")
    purged(service, "leaves")
    service.changed()  # what a service does when it notices
    assert [path.exists() for path in (*copies, *others)] == [True, False, True, True]


def test_tokens_that_expired_a_day_ago_are_forgotten(idle_service: IdleService) -> None:
    service, now = idle_service, idle_service.clock.now()
    made = {"world_id": 1, "key_id": 1, "user_id": service.process(add_clip(service)).user_id, "parent": None}
    with service.database.write() as db:
        old, young, ahead = (
            processes.add_token(db, now + days * DAY_MS, 0, metadata=None, **made)[0] for days in (-2, 0, 2)
        )
    with service.database.write() as db:
        processes.forget_tokens(db, now)
    with service.database.read() as db:
        left = set(db.execute(select(tables.tokens.c.uuid)).scalars())
    assert young in left and not {old, ahead} & left


def test_a_world_keeps_clips_and_rejected_takes_as_long_as_it_says(idle_service: IdleService) -> None:
    service, now = idle_service, idle_service.clock.now()
    old, young, bad = (captured(service, "keeper", name.encode(), name) for name in ("old", "young", "bad"))
    ends = {old: now - 9 * DAY_MS, young: now - DAY_MS, bad: now - 9 * DAY_MS}
    with service.database.write() as db:
        db.execute(update(tables.processes).values(ended_at=None))  # of other tests
        for process, ended_at in ends.items():
            db.execute(update(tables.processes).where(tables.processes.c.uuid == process).values(ended_at=ended_at))
        row = present(processes.find(db, bad))
        processes.change(db, bad, now, rejected=True, step="rejected")
        emotes.remove(db, row.user_id, row.emote, now, None)

    def let_go(**configuration: Any) -> LetGo:
        with service.database.write() as db:
            db.execute(update(tables.worlds).values(configuration=configuration))
        return retention.let_go(service.database, service.blobs, now)

    def there(process: str) -> tuple[bool, bool]:
        """Return whether the process's clip and its emote exist."""
        row = service.process(process)
        with service.database.read() as db:
            return emotes.clips_of(db, row.video)[0] is not None, emotes.asset(db, row.emote) is not None

    assert let_go() == LetGo(0, 0)
    assert let_go(keepRejectedDays=10, keepClipsDays=10) == LetGo(0, 0)
    assert let_go(keepRejectedDays=5) == LetGo(0, 1)
    assert [there(one) for one in (old, young, bad)] == [(True, True), (True, True), (True, False)]
    assert let_go(keepClipsDays=5) == LetGo(2, 0)
    assert [there(one) for one in (old, young, bad)] == [(False, True), (True, True), (False, False)]
    with service.database.read() as db:
        named = set(db.execute(select(tables.files.c.blob)).scalars())
    service.blobs.sweep(named, older_than_s=-1)  # a service does it next, for what is older than a day
    left = {service.blobs.root / blob for blob in blobs_of(service)}
    contents = {path.read_bytes() for path in left}
    assert {b"young", b"old/local", b"young/local"} <= contents and not {b"old", b"bad", b"bad/local"} & contents
    assert let_go(keepRejectedDays=5, keepClipsDays=5) == LetGo(0, 0)


def test_a_clip_that_is_captured_again_just_then_stays(idle_service: IdleService) -> None:
    service, now = idle_service, idle_service.clock.now()
    old = captured(service, "again", b"a clip", "again")
    video = service.process(old).video
    again = add_clip(service, "again")

    def begin_again() -> None:
        with service.database.write() as db:
            processes.change(db, again, now, video=video)

    with service.database.write() as db:
        db.execute(update(tables.processes).values(ended_at=None))  # of other tests
        processes.change(db, old, now, ended_at=now - 9 * DAY_MS)
        db.execute(update(tables.worlds).values(configuration={"keepClipsDays": 5}))
    with once_at("after_cursor_execute", begin_again, "FROM processes"):
        assert retention.let_go(service.database, service.blobs, now) == LetGo(0, 0)
    with service.database.read() as db:
        assert emotes.clips_of(db, video)[0] is not None


def test_what_was_seen_stays_as_long_as_a_version_of_it(idle_service: IdleService) -> None:
    service, now = idle_service, idle_service.clock.now()
    first = captured(service, "corrects", b"a clip", "first")
    emote = service.process(first).emote
    with service.database.write() as db:
        row = present(processes.find(db, first))
        refinements.keep(db, row, row.emote, row.name, QualityReport(), service.blobs.add(seen_file(service)), now)
        second = refinements.begin(db, emote, [], now).uuid
    job = take(service, "second/local")
    queue(service, "second/local").deliver(job, delivery(job))

    def reject(process: str) -> bool:
        """Let go of what it made; whether what was seen is still there."""
        with service.database.write() as db:
            row = present(processes.find(db, process))
            processes.change(db, process, now, rejected=True, step="rejected", ended_at=now - 9 * DAY_MS)
            emotes.remove(db, row.user_id, row.emote, now, None)
            db.execute(update(tables.worlds).values(configuration={"keepRejectedDays": 5}))
        assert retention.let_go(service.database, service.blobs, now) == LetGo(0, 1)
        with service.database.read() as db:
            assert emotes.asset(db, row.emote) is None
            return refinements.observations(db, row) is not None

    assert reject(first), "the other version can be corrected still"
    assert not reject(second)


def seen_file(service: IdleService) -> Path:
    path = service.folder / "seen.npz"
    path.write_bytes(b"seen")
    return path


def test_the_command_asks_first(tmp_path: Path) -> None:
    def run(*arguments: str, answer: str | None = None) -> Any:
        given = [*arguments, "--home", str(tmp_path / "home")]
        return CliRunner().invoke(local, given, input=answer)

    assert run("world", "create", "Arena").exit_code == 0 and run("user", "create", "ada").exit_code == 0
    assert run("user", "purge", "ada", answer="n\n").exit_code == 1
    assert isinstance(run("user", "purge", "ada", "--json").exception, InputError)
    assert "ada" in run("user", "list").output
    done = run("user", "purge", "ada", "--out", str(tmp_path / "proof.json"), answer="y\n")
    assert done.exit_code == 0, done.output
    proof = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert proof["user"] == "ada" and proof["rows"] == {"users": 1} and proof["files"] == []
    assert "ada" not in run("user", "list").output
    exported = str(tmp_path / "state.json")
    assert run("export", exported).exit_code == 0
    taken = run("import", exported, "--replace")
    assert taken.exit_code == 0, taken.exception


@pytest.mark.parametrize("rejected", [False, True])
def test_what_was_seen_of_everybody_in_a_clip_goes_with_them(idle_service: IdleService, rejected: bool) -> None:
    """It is deleted with the user, and with a rejected take."""
    service, now = idle_service, idle_service.clock.now()
    process = add_clip(service, "leaves", contents=b"two people")
    job = take(service)
    assert job.lease.process == process
    seen = job.request.out_dir / "seen.npz"
    seen.write_bytes(b"what was seen")
    one = dataclasses.replace(delivery(job), observations=seen)
    queue(service).deliver(job, dataclasses.replace(one, others=(one,)))
    made = processes.emotes_of(service.process(process))
    assert len(made) == 2 and {*map(refinements.asset_of, made)} < _assets(service)
    if rejected:
        with service.database.write() as db:
            db.execute(
                update(tables.processes).where(tables.processes.c.uuid == process).values(rejected=True, ended_at=0)
            )
            for emote in made:
                emotes.remove(db, service.process(process).user_id, emote, now, None)
            db.execute(
                update(tables.worlds).where(tables.worlds.c.id == 1).values(configuration={"keepRejectedDays": 1})
            )
        assert retention.let_go(service.database, service.blobs, now).takes == 1
    else:
        purged(service, "leaves")
    assert not {*made, *map(refinements.asset_of, made)} & _assets(service)


def _assets(service: IdleService) -> set[str]:
    with service.database.read() as db:
        return set(db.execute(select(tables.assets.c.uuid)).scalars())
