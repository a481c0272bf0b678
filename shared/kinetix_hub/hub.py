"""The hub: its parts, and the commands of front ends."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Collection
from pathlib import Path

from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.answers import ClipVerdict, ListedProcess, NotTaken, Refreshed, RetakeToken
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.bodies import ClipCheckBody
from kinetix_core.protocol.hub.enumerations import (
    ConnectionState,
    FileKind,
    JobKind,
    JobState,
    LibraryChange,
    NoticeLevel,
    ProfileKind,
)
from kinetix_core.protocol.hub.models import (
    Emote,
    EmoteChanged,
    EmoteRemoved,
    Notice,
    NoticeEvent,
    Process,
    ProfilesChanged,
    RemovedEmote,
)
from kinetix_core.sync_service import HubContext
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.wording import worded
from kinetix_hub.database import Database
from kinetix_hub.events import Events
from kinetix_hub.jobs import clip_check
from kinetix_hub.jobs.commands import JobCommands
from kinetix_hub.jobs.job import Job
from kinetix_hub.jobs.job_steps import Steps
from kinetix_hub.jobs.next_takes import NextTakes
from kinetix_hub.jobs.rhythm import BackOff, back_off
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.keys import ring
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.keys.store import AskKeyring, KeyStore
from kinetix_hub.library import offered
from kinetix_hub.library.cutting import Cutting
from kinetix_hub.library.emote import at_its_service
from kinetix_hub.library.evict import Evictor
from kinetix_hub.library.index import Index
from kinetix_hub.library.library import Library
from kinetix_hub.library.page_edits import PageEdits
from kinetix_hub.library.repair import Repair
from kinetix_hub.refining import Refining
from kinetix_hub.services.connections import Connections, OpenService
from kinetix_hub.services.local_pages import LocalPages
from kinetix_hub.services.local_process import LocalService
from kinetix_hub.services.local_program import find_program, local_capture_problem, not_installed
from kinetix_hub.services.port import Cancelled, Temporary
from kinetix_hub.sync_host import LoadSync, SyncHost, load_sync

log = logging.getLogger(__name__)


class Hub:
    """Everything below `home`. Until `start` only state is read.

    Args:
        service: opens the service of a profile.
        sync: loads the sync.
        ask_keyring: asks the system's keyring, see `ring.ask`.
        back_off: seconds to wait after failures.
    """

    def __init__(
        self,
        home: Path,
        start_id: str,
        *,
        service: OpenService | None = None,
        sync: LoadSync = load_sync,
        ask_keyring: AskKeyring = ring.ask,
        back_off: BackOff = back_off,
    ) -> None:
        self.home = home
        self.events = Events(start_id)
        emit = self.events.emit
        folder = home / "hub"
        self.database = Database(folder / "hub.db", first=not (home / "library").exists())
        self.sync = SyncHost(emit, sync)
        self.profiles = Profiles(folder / "profiles.json")
        self.keys = KeyStore(folder / "keys.json", ask=ask_keyring)
        self.local = LocalService(home, home / "logs")
        self.connections = Connections(self.profiles, self.keys, self.local, emit, service)
        self.store = JobStore(self.database, emit)
        self.library = Library(home / "library", Index(self.database), self._library_changed)
        self.cutting = Cutting(self.library, lambda emote_id: self.file(emote_id, FileKind.GLB))
        self.evictor = Evictor(self.library)
        self.repair = Repair(self.library)
        self.runner = Runner(self.store, self._step, ended=self._ended, back_off=back_off)
        self.commands = JobCommands(self.store, self.runner, self.profiles, self.connections)
        administer, is_local = self.local.administer, self._is_local
        self.local_pages = LocalPages(
            PageEdits(administer, self.library, is_local, self.refresh).look,
            NextTakes(administer, self.store, self.commands, is_local).look,
        )
        self.refining = Refining(self.local.ask, self.library, self.profiles, self.store, self.runner)
        self._closing = threading.Event()
        self._starting, self._refreshing = threading.Lock(), threading.Lock()
        self.warming = threading.Thread(target=self._warm_up, name="warm-up", daemon=True)

    def start(self) -> None:
        """Recover from a stop or a kill and continue all jobs. Returns immediately; slow parts run on a thread.

        A concurrent stop waits for it; after a stop nothing starts.
        """
        with self._starting:
            if not self._closing.is_set():
                self._begin()

    def _begin(self) -> None:
        if self.database.moved_aside is not None:
            found = self.repair.rebuild()
            self.notice(
                NoticeLevel.WARNING,
                worded(
                    "The database of Kinetix was damaged; {count} emotes were found again in the library.", count=found
                ),
                worded("The damaged file is kept as {file}.", file=self.database.moved_aside.name),
            )
        self.repair.sweep({job.id for job in self.store.live()})
        self.runner.start()
        self.sync.start(HubContext(self.home, self.library.root, self.all_emotes, self.events.emit))
        self.local_pages.start()
        self.warming.start()

    def _is_local(self, profile: str) -> bool:
        return any(known.name == profile and known.kind is ProfileKind.LOCAL for known in self.profiles.all())

    def _warm_up(self) -> None:
        try:
            self.keys.load(self.profiles.all())
            if self._closing.is_set():  # a keyring may take longer than the hub lives
                return
            self.events.emit(ProfilesChanged(data=self.connections.profiles()))
            self.runner.wake_all()
            if self.profiles.active.kind is ProfileKind.LOCAL:
                self._report_local(supposed=True)
            elif self.keys.get(self.profiles.active.name)[0]:
                self.connections.check()
            else:
                self.connections.report(
                    ConnectionState.NO_KEY,
                    f"The profile {self.profiles.active.name!r} has no key.",
                    "Enter a key, or use the profile local.",
                )
            if not self._closing.is_set():
                self.repair.look()
                self.library.empty_bin()
        except KinetixError as error:
            log.warning("warm-up: %s", error.title)
        except Exception:
            if not self._closing.is_set():  # else what it needs was closed under its hands
                log.exception("warm-up broke")

    def stop(self) -> None:
        """Stop all work; it continues at the next start."""
        self._closing.set()
        with self._starting:
            self._end()

    def _end(self) -> None:
        self.local_pages.stop()
        self.connections.close()
        # Both at once: neither may take the other's time (server/run.py ends the process after ten seconds).
        local = threading.Thread(target=self.local.stop, name="stop-local", daemon=True)
        local.start()
        self.runner.stop()
        self.sync.stop()
        local.join()
        self.database.close()

    def notice(self, level: NoticeLevel, title: str, next_step: str) -> None:
        log.warning("%s %s", title, next_step)
        self.events.emit(NoticeEvent(data=Notice(level=level, title=title, next_step=next_step)))

    def unfinished(self) -> int:
        """Return the number of jobs that keep the hub running; jobs that wait for a decision do not."""
        return sum(job.state is not JobState.AWAITING_DECISION for job in self.store.live())

    def _step(self, job: Job, stop: Callable[[], bool]) -> float | None:
        try:
            service = self.connections.service(job.profile)
            local = self.profiles.get(job.profile).kind is ProfileKind.LOCAL
            filmed = self.local.filmed if local else lambda process: None
            steps = Steps(self.store, self.library, service, local=local, filmed=filmed)
            wait = steps.run(job, lambda: stop() or self._closing.is_set())
        except KinetixError as error:
            if self._closing.is_set():
                raise Cancelled from error
            self.connections.failed(job.profile, error)
            raise
        self.connections.worked(job.profile)
        return wait

    def _ended(self, job: Job) -> None:
        """Delete the transfer files of an ended job."""
        self.library.clear(job.id)
        if job.state is JobState.DELIVERED:
            self.evictor.run()
        stopped = job.kind is JobKind.PHONE and job.state is JobState.CANCELLED
        if stopped and job.token is not None and self._is_local(job.profile):
            # On a thread: whoever stops a job does not wait for a service that may not answer.
            threading.Thread(target=self._end_link, args=(job.token.uuid,), name="end-link", daemon=True).start()

    def _end_link(self, token: str) -> None:
        with contextlib.suppress(Temporary):  # then it ends by itself, within half an hour
            self.local.administer("DELETE", f"/_local/links/{token}")

    def _library_changed(self, change: LibraryChange, emote: Emote) -> None:
        if change is LibraryChange.REMOVED:
            self.events.emit(EmoteRemoved(data=RemovedEmote(id=emote.id)))
        else:
            self.events.emit(EmoteChanged(data=emote))
        self.sync.library_changed(change, emote)

    def all_emotes(self) -> list[Emote]:
        return [emote.public(self.library.root) for emote in self.library.index.all()]

    # Commands about emotes that need a service

    def refresh(
        self, profile_name: str | None = None, user: str | None = None, *, only: Collection[str] | None = None
    ) -> Refreshed:
        """Fetch the emotes of the user's bag that are not in the library, or `only` some of them. Blocks.

        Deleted emotes stay deleted.
        """
        profile = self.profiles.get(profile_name)
        service, user = self.connections.service(profile.name), user or profile.user
        service.ensure_user(user)
        added, failed = [], []
        for info in reversed(service.bag(user)):  # the newest last, so that the library lists it first as the bag does
            with self._refreshing:  # two at once would fetch into one folder
                known = self.library.index.find(info.uuid)
                if (known is not None and known.profile == profile.name) or (
                    only is not None and info.uuid not in only
                ):
                    continue
                folder = self.library.staging(f"bag-{info.uuid}")
                try:
                    offered.fetch(service, info, folder, lambda share: None, self._closing.is_set)
                    self.library.check(folder)
                    added.append(self.library.deliver(folder, info, profile=profile.name, user=user))
                except KinetixError as error:
                    log.warning("refresh: %s: %s", info.uuid, error.title)
                    failed.append(NotTaken(emote_id=info.uuid, error=ErrorInfo.of(error)))
                finally:
                    self.library.clear(f"bag-{info.uuid}")
        return Refreshed(added=added, failed=failed)

    def give(self, emote_id: str, user: str) -> None:
        user = user.strip()
        if not user:
            raise InputError("No user was given.", code="noUser", next_step="Give the id of the user.")
        emote = at_its_service(self.library.index.get(emote_id))
        self.connections.service(emote.profile).give(user, emote_id)

    def rename(self, emote_id: str, name: str) -> Emote:
        """Rename an emote here, and at the service if it accepts the name (4 to 16 characters) and is available."""
        public = self.library.rename(emote_id, name)
        emote = self.library.index.get(emote_id)
        if 4 <= len(emote.name) <= 16 and emote.cut_from is None:
            threading.Thread(
                target=self._rename_far, args=(emote.profile, emote.user, emote_id, emote.name), daemon=True
            ).start()
        return public

    def _rename_far(self, profile: str, user: str, emote_id: str, name: str) -> None:
        try:
            if self.profiles.get(profile).kind is ProfileKind.LOCAL and self.local.info() is None:
                return  # not worth starting it
            self.connections.service(profile).rename(user, emote_id, name)
        except KinetixError as error:
            log.info("the service kept the old name of %s: %s", emote_id, error.title)

    def file(self, emote_id: str, kind: FileKind) -> Path:
        """Return a file of an emote, fetched from its service if needed. Blocks."""
        found = self.library.file(emote_id, kind)
        if found is not None:
            return found
        emote = self.library.index.get(emote_id)
        if kind is FileKind.GLB and not emote.evicted:
            fixed = self.repair.restore_glb(emote_id)
            if fixed is not None:
                return fixed
        return self.library.fetch_kind(self.connections.service(at_its_service(emote).profile), emote_id, kind)

    def watch(self, emote_id: str = "", frame: int | None = None) -> str:
        """Return a link to the emote on the library page of Kinetix Local. Blocks.

        frame: open *Correct* at this frame of the take.
        """
        emote = at_its_service(self.library.index.get(emote_id)) if emote_id else None
        if emote is not None and self.profiles.get(emote.profile).kind is not ProfileKind.LOCAL:
            raise KinetixError(
                "This emote is not in Kinetix Local.",
                code="notLocal",
                next_step="Open its file in any program that shows GLB.",
                command="kinetix emote get NAME -o emote.glb",
            )
        page = self.local.library_page()
        return f"{page}#{emote_id}{'' if frame is None else f'/{frame}'}" if emote_id else page

    def check_clip(self, wanted: ClipCheckBody) -> ClipVerdict:
        """Check a clip before it is sent. Blocks while Kinetix Local starts. Raises InputError for a file that is no clip."""
        profile = self.profiles.get(wanted.profile)
        return clip_check.check(
            wanted,
            profile.kind,
            self.local,
            lambda: self.connections.clip_length(profile.name),
            lambda: self._closing.is_set(),
        )

    def delete(self, emote_id: str, *, bag: bool = False) -> None:
        """Move an emote to the bin; with `bag` also remove it from the user's bag at the service, which blocks."""
        emote = self.library.index.get(emote_id)
        if bag and emote.cut_from is None:
            self.connections.service(emote.profile).take(emote.user, emote_id, "removed by its owner")
        self.library.delete(emote_id)

    # Processes and profiles

    def processes(self, profile_name: str, user: str) -> list[ListedProcess]:
        profile = self.profiles.get(profile_name)
        service, user = self.connections.service(profile.name), user or profile.user
        service.ensure_user(user)
        jobs = {row.process: row.id for row in self.store.search(limit=500) if row.process}
        return [ListedProcess(**dict(found.public()), job=jobs.get(found.uuid)) for found in service.processes(user)]

    def process(self, profile_name: str, uuid: str) -> Process:
        return self.connections.service(self.profiles.get(profile_name).name).process(uuid).public()

    def decide(self, profile_name: str, uuid: str, *, accept: bool) -> models.Job | Process | RetakeToken:
        """Accept a process or request another take, through its job if it has one."""
        service = self.connections.service(self.profiles.get(profile_name).name)
        job = next(
            (job for job in self.store.live() if job.process == uuid and job.state is JobState.AWAITING_DECISION), None
        )
        if job is not None:
            return self.commands.validate(job.id) if accept else self.commands.retake(job.id, None, None)
        if accept:
            service.validate(uuid)
            return service.process(uuid).public()
        token = service.retake(uuid)
        return RetakeToken(uuid=token.uuid, url=token.url, expires=token.expires)

    def profiles_changed(self, *, check: bool = False) -> list[models.Profile]:
        """Notify the front ends; with `check` also try the active profile on a thread."""
        rows = self.connections.profiles()
        self.events.emit(ProfilesChanged(data=rows))
        if check:
            threading.Thread(target=self._recheck, name="recheck", daemon=True).start()
        return rows

    def _report_local(self, *, supposed: bool) -> None:
        """Report the state of Kinetix Local without starting it."""
        problem = local_capture_problem()
        if problem is not None:
            self.connections.cannot_capture(problem)
        elif self.local.info() is not None:
            self.connections.report(ConnectionState.READY, "", supposed=supposed)
        elif find_program() is not None:
            self.connections.report(ConnectionState.READY, "Kinetix Local starts when needed.", supposed=supposed)
        else:
            self.connections.failed(self.profiles.active.name, not_installed())

    def _recheck(self) -> None:
        self.keys.load(self.profiles.all())
        active = self.profiles.active
        if active.kind is ProfileKind.LOCAL and self.local.info() is None:
            self._report_local(supposed=False)
        else:
            self.connections.check()
        self.runner.wake_all()
