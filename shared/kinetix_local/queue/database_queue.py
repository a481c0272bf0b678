"""The queue in the database. A capture and what becomes of it change in one transaction, which asks for the lease first."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from kinetix_capture.interface import Avatar, CaptureRejected, CaptureRequest, Delivery, Refinement
from kinetix_capture.quality_model import QualityReport
from kinetix_core.protocol.corrections import VERSION_OF
from kinetix_core.values.captured_body import METADATA as BODY
from kinetix_core.values.errors import KinetixError
from kinetix_local.host import Host
from kinetix_local.queue import inputs
from kinetix_local.queue.inputs import Leased
from kinetix_local.queue.interface import FailedStep, Job, Kept, KeptEmote, LeaseLost
from kinetix_local.queue.stored_request import RequestUnknown, StoredRequest
from kinetix_local.store import configuration as configurations
from kinetix_local.store import emotes, process_steps, processes, refinements, worlds
from kinetix_local.store.blobs import BlobDamaged, StorageError
from kinetix_local.store.cleaning import removals
from kinetix_local.store.queue import captures
from kinetix_local.store.queue.captures import Lease, Live
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.database import is_away
from kinetix_local.store.sql.rows import ProcessRow
from kinetix_local.store.sql.tables import assets, files
from kinetix_local.store.sql.tables import processes as processes_table
from kinetix_local.store.sql.tables import worlds as worlds_table
from kinetix_local.webhooks import outbox

_MOST_ATTEMPTS = 50  # of one process, whoever ended them
_MOST_DEATHS = 3  # a worker process that died (out of memory, say)


class _Character(NamedTuple):
    """An avatar that an emote is also made for."""

    uuid: str
    name: str
    blob: str


class DatabaseQueue:
    """The queue for one worker. `worker` is `owner/name`: its owner, and which of the owner's workers it is."""

    beat_s = 0.5

    def __init__(self, host: Host, worker: str) -> None:
        self._host = host
        self.worker = worker

    def holds(self) -> int:
        """Return how many captures all workers of this owner hold."""
        owner = self.worker.rpartition("/")[0]
        with self._host.database.read() as db:
            return sum(one.worker.startswith(f"{owner}/") for one in captures.running(db))

    def begin(self) -> None:
        if not self.holds():
            return
        owner = self.worker.rpartition("/")[0]
        with self._host.database.write() as db:
            captures.free_all_of(db, owner)

    def take(self, folder: Path) -> Job | None:
        while (leased := self.lease_next()) is not None:
            place = folder / f"{leased.lease.process}-{leased.lease.attempt}"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            if (job := self._brought(leased, place)) is not None:
                return job
            shutil.rmtree(place, ignore_errors=True)
        return None

    def lease_next(self) -> Leased | None:
        """`take` without the files, which are there."""
        with self._host.database.read() as db:
            if not captures.any_waiting(db, self._host.clock.now()):
                return None
        self._host.blobs.check()  # else each try would count as an attempt
        while True:
            with self._host.database.write() as db:
                lease = captures.lease_next(db, self.worker, self._host.clock.now())
                if lease is None:
                    return None
                leased = self._prepare(db, lease)
            if leased is not None and (whole := self._measured(leased)) is not None:
                return whole
            self._host.wake_outbox()  # it has failed already

    def request_of(self, lease: Lease) -> CaptureRequest:
        """Return the holder's request again, with blobs as paths. Raises LeaseLost."""
        with self._host.database.read() as db:
            row = processes.find(db, lease.process) if captures.held(db, lease) else None
            request = None if row is None else self._request(db, row)
        if request is None:
            raise LeaseLost
        return request

    def _measured(self, leased: Leased) -> Leased | None:
        """Return None for one that lacks its clip: it has failed then."""
        with self._given_back(leased.lease):
            whole = inputs.measured(self._host.blobs, leased)
        if whole is None:
            self._lack_clip(leased.lease)
        return whole

    def _brought(self, leased: Leased, place: Path) -> Job | None:
        """Return the job with its files fetched, or None if it must not be captured any more."""
        lease = leased.lease
        try:
            with self._given_back(lease):
                request = inputs.brought(self._host.blobs, leased, place, lambda: self.beat(lease, None), self.beat_s)
        except FileNotFoundError:
            self._lack_clip(lease)
            return None
        except BlobDamaged as error:
            with contextlib.suppress(LeaseLost):
                self.fail(lease, "transcode_failed", error)
            return None
        except LeaseLost:
            return None
        return Job(lease, request, leased.crop_pixels, place)

    @contextlib.contextmanager
    def _given_back(self, lease: Lease) -> Iterator[None]:
        """Return the lease if the storage or the disk fails; after a storage fault another capture is tried first."""
        try:
            yield
        except (FileNotFoundError, BlobDamaged, LeaseLost):
            raise
        except BaseException as error:
            if isinstance(error, StorageError):
                self.postpone(lease, error)
            self.give_back([lease])
            raise

    def postpone(self, lease: Lease, why: StorageError) -> None:
        """The storage does not give a file of it: once the lease is given back, another capture is the next."""
        said = "".join(char for char in f"{why.title} {why.detail}" if char.isprintable())  # else no row can hold it
        with self._host.database.write() as db:
            captures.postpone(db, lease, said.strip(), self._host.clock.now())

    def _lack_clip(self, lease: Lease) -> None:
        with contextlib.suppress(LeaseLost):
            self.fail(lease, "transcode_failed", _clip_gone())

    def beat(self, lease: Lease, progress: Live | None) -> None:
        # What a power cut may take of it is told again.
        with self._host.database.write(durable=False) as db:
            if not captures.beat(db, lease, progress):
                raise LeaseLost
            query = select(processes_table.c.step).where(processes_table.c.uuid == lease.process)
            begins = progress is not None and db.execute(query).scalar() in process_steps.PREPARING
        if begins:
            self._begun(lease)

    def deliver(self, job: Job, delivery: Delivery) -> None:
        try:
            kept = [self._kept(job.request.out_dir, one) for one in (delivery, *delivery.others)]
            self.enter(job.lease, kept)
        except StorageError:
            self.beat(job.lease, None)  # it is done and waits for the storage: nobody else need do it again
            raise

    def _kept(self, folder: Path, delivery: Delivery) -> KeptEmote:
        kept: list[Kept] = []
        for avatar, mapping in [(None, delivery.files), *delivery.avatars.items()]:
            for name, path in mapping.items():
                kept.append(Kept(name, avatar, *self._host.blobs.add(folder / path)))
        seen = None if delivery.observations is None else self._host.blobs.add(delivery.observations)
        return KeptEmote(kept, delivery.duration_s, QualityReport.model_validate(delivery.quality), seen)

    def enter(self, lease: Lease, made: Sequence[KeptEmote]) -> None:
        """Everything about the emotes in one transaction; their files are on disk.

        Args:
            made: the emote of the process, and those of further people in its clip.

        Raises:
            LeaseLost: it is another's.
            StorageError: a purge has deleted a file of the same contents meanwhile: they have to be put there once more.
        """
        with self._host.database.read() as db:
            row = processes.find(db, lease.process)
        if row is None:
            raise LeaseLost
        named = [kept.blob for one in made for kept in one.files]
        named += [one.observations[0] for one in made if one.observations is not None]
        try:
            with self._host.database.write() as db:
                ended = self._end(db, lease)
                removals.check_there(db, self._host.blobs, named)
                self._keep(db, ended, made)
                # Before anybody can see that it is done, who may ask for the bag at once: what was read before lacks it.
                self._change(row, len(made))
        finally:
            # And after it, for a bag that is read just now. Also when it was not kept: the try before may have been.
            self._change(row, len(made))
        self._host.wake_outbox()

    def _change(self, row: ProcessRow, count: int) -> None:
        """Invalidate the caches of the user's bag and of the process's `count` emotes."""
        for emote in processes.emotes_of(row, count):
            self._host.changed_for([row.user_id], emote)

    def fail(self, lease: Lease, step: FailedStep, error: KinetixError) -> None:
        with self._host.database.write() as db:
            self._fail(db, self._end(db, lease), step, error)
        self._host.wake_outbox()

    def died(self, lease: Lease) -> None:
        with self._host.database.write() as db:
            deaths = captures.free(db, lease, died=True)
            if deaths is None:
                raise LeaseLost
            row = processes.find(db, lease.process)
            if deaths >= _MOST_DEATHS and row is not None:
                captures.cancel(db, row.uuid)
                died = KinetixError(
                    "The capture stopped unexpectedly.", code="captureDied", next_step="Try a shorter clip."
                )
                self._fail(db, row, "ml_failed", died)
        self._host.wake_outbox()

    def give_back(self, leases: list[Lease]) -> None:
        with self._host.database.write() as db:
            for lease in leases:
                captures.free(db, lease)

    def fault(self, error: Exception) -> Exception | None:
        return error if isinstance(error, SQLAlchemyError) else None

    def is_away(self, error: BaseException) -> bool:
        return is_away(error) or isinstance(error, StorageError)

    # --- inside a transaction ---

    def _prepare(self, db: Connection, lease: Lease) -> Leased | None:
        """Return the capture to do, or None."""
        row = processes.find(db, lease.process)
        if row is None or row.rejected or row.step not in process_steps.ALIVE:
            captures.end(db, lease)
            return None
        if lease.attempt > _MOST_ATTEMPTS:
            why = _begun_often(captures.withheld(db, row.uuid))
            captures.end(db, lease)
            self._fail(db, row, "render_failed", why)
            return None
        try:
            request = self._request(db, row)
        except RequestUnknown as error:  # alone: what waits behind it goes on
            captures.end(db, lease)
            self._fail(db, row, "render_failed", error)
            return None
        if request is None:
            captures.end(db, lease)
            self._fail(db, row, "transcode_failed", _clip_gone())
            return None
        now = self._host.clock.now()
        processes.change(db, row.uuid, now, step="waiting_runner", attempts=lease.attempt)
        box = None if request.refinement is not None else StoredRequest.of(row.request).crop_pixels
        return Leased(lease, request, box, {})

    def _request(self, db: Connection, row: ProcessRow) -> CaptureRequest | None:
        """Return the request with blobs as paths and no folder, or None if its rows are gone.

        Raises:
            RequestUnknown: the row asks for what nobody can do.
        """
        asked, settings = StoredRequest.of(row.request), self._host.settings
        told = refinements.corrections_of(row)
        if told is None:
            clip, views = emotes.clips_of(db, row.video)
        else:
            observed = refinements.observations(db, row)
            clip, views = observed and observed.blob, []
        if clip is None:
            return None
        return CaptureRequest(
            clip=Path(clip),
            out_dir=Path(),
            name=row.name,
            settings=asked.settings,
            avatars=tuple(Avatar(one.uuid, Path(one.blob), one.name) for one in self._characters(db, row)),
            length=configurations.clip_length(self._configuration(db, row), strict=settings.strict is not None),
            max_bytes=settings.max_upload_bytes,
            views=tuple(map(Path, views)),
            refinement=None if told is None else Refinement(Path(clip), {"corrections": told}),
        )

    def _characters(self, db: Connection, row: ProcessRow) -> list[_Character]:
        query = (
            select(assets.c.uuid, assets.c.name, files.c.blob)
            .join(files, files.c.asset_id == assets.c.id)
            .where(
                assets.c.type == "avatar",
                files.c.name == "character",
                (assets.c.world_id == row.world_id) | assets.c.world_id.is_(None),
            )
        )
        return rows.every(db, _Character, query)

    def _configuration(self, db: Connection, process: ProcessRow) -> dict[str, Any]:
        """Return the configuration of the process's world."""
        query = select(worlds_table.c.configuration).where(worlds_table.c.id == process.world_id)
        return db.execute(query).scalar() or {}

    def _begun(self, lease: Lease) -> None:
        with self._host.database.write() as db:
            row = processes.find(db, lease.process)
            if row is None or not captures.held(db, lease):
                raise LeaseLost
            now = self._host.clock.now()
            processes.change(db, row.uuid, now, step="ml_running", ml_started_at=now)
            outbox.note(db, row, "ml_running", now)
        self._host.wake_outbox()

    def _end(self, db: Connection, lease: Lease) -> ProcessRow:
        """The process whose capture ends here. Raises LeaseLost, which undoes the transaction."""
        row = processes.find(db, lease.process) if captures.end(db, lease) else None
        if row is None or row.rejected or row.step not in process_steps.ALIVE:
            raise LeaseLost
        return row

    def _fail(self, db: Connection, row: ProcessRow, step: FailedStep, error: KinetixError) -> None:
        now = self._host.clock.now()
        message = _message_of(error)
        processes.change(
            db,
            row.uuid,
            now,
            step=step,
            return_code=error.reason.return_code if isinstance(error, CaptureRejected) else -1,
            error_message=message,
            failure=error.as_dict(),
            ended_at=now,
            ml_ended_at=now,
        )
        outbox.note(db, row, step, now, message=None if self._host.settings.strict else message)

    def _keep(self, db: Connection, row: ProcessRow, made: Sequence[KeptEmote]) -> None:
        """The emotes of everybody in the clip; that of the process itself is the first person's."""
        now = self._host.clock.now()
        uuids = processes.emotes_of(row, len(made))
        for number, (uuid, one) in enumerate(zip(uuids, made, strict=True), 1):
            name = row.name if number == 1 else f"{row.name} {number}"
            self._keep_emote(db, row, uuid, name, one, now)
            if one.observations is not None:
                refinements.keep(db, row, uuid, name, one.quality, one.observations, now)
        told = made[0].quality.model_copy(update={"people": len(made) if len(made) > 1 else None})
        processes.change(
            db,
            row.uuid,
            now,
            step="done",
            progression=100,
            return_code=0,
            ml_ended_at=now,
            ended_at=now,
            quality=told.plain() or None,
        )
        if not configurations.validates(self._configuration(db, row)):
            worlds.add_to_list(db, row.world_id, row.emote, now)
            refinements.make_current(db, row, now)
            for uuid in uuids[1:]:
                worlds.add_to_list(db, row.world_id, uuid, now)
                emotes.give(db, row.user_id, uuid, now, uge=True)
        outbox.note(db, row, "done", now)

    def _keep_emote(self, db: Connection, row: ProcessRow, uuid: str, name: str, made: KeptEmote, now: int) -> None:
        maturity = {"maturity": row.maturity, "duration": round(made.duration_s, 3)}
        extra: dict[str, Any] = {"metadata": row.metadata} if row.metadata else {}
        first = refinements.version_of(row)
        if first is not None:
            extra[VERSION_OF] = first
        report = made.quality.plain()
        shown = {key: report[key] for key in ("group", BODY) if key in report}
        asset_id = emotes.complete_asset(
            db,
            uuid,
            name,
            now,
            metadata=maturity | extra | shown,
            world_id=row.world_id,
            providers=emotes.OFFERED,
        )
        # An avatar may have gone meanwhile, and another machine may name one that never was.
        wanted = {None, *(one.uuid for one in self._characters(db, row))}
        for file_name, avatar, blob, size in made.files:
            stem, _, extension = file_name.rpartition(".")
            if avatar in wanted:
                emotes.add_file(db, asset_id, stem, extension, blob, size, now, avatar)


def _clip_gone() -> KinetixError:
    return KinetixError("The clip is not here any more.", code="clipGone", next_step="Upload it again.")


def _begun_often(withheld: str | None) -> KinetixError:
    """`withheld`: what the storage said when it did not give the clip."""
    if withheld is None:
        return KinetixError("The capture was begun too often.", code="captureDied", next_step="Try another clip.")
    return KinetixError(
        "The storage does not give the clip.",
        code="clipWithheld",
        detail=withheld,
        next_step="Look after the storage, then upload the clip again.",
    )


def _message_of(error: KinetixError) -> str:
    """Return the error as sentences: what is wrong, the numbers, and the next step."""
    if not (error.detail or error.next_step):
        return error.title
    parts = (part.strip() for part in (error.title, error.detail, error.next_step))
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
