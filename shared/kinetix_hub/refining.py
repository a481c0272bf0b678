"""Versions of an emote from corrections: Kinetix Local solves a take again, and a job of the hub follows it like any other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol, TypeVar

from pydantic import JsonValue, ValidationError

from kinetix_core.protocol import corrections as told
from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.answers import EmoteVersionList, SeenFigure, SeenPicture
from kinetix_core.protocol.hub.base_models import Model
from kinetix_core.protocol.hub.enumerations import JobKind, JobStage, JobState, ProfileKind
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.identity import ProcessId
from kinetix_hub.jobs.job import Job
from kinetix_hub.jobs.port import FilmedClip, Temporary
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.library.emote import Emote, at_its_service
from kinetix_hub.library.library import Library
from kinetix_hub.services.local_info import ADMIN_S

__all__ = ["Refining"]

log = logging.getLogger(__name__)
M = TypeVar("M", bound=Model)
# A take is solved once more for it, by a worker that may have to start, or to end a capture first.
_FIGURE_S = 60.0


class Ask(Protocol):
    """Asks Kinetix Local as its administrator, and starts it. Raises Temporary, or what it refuses."""

    def __call__(self, method: str, path: str, body: object = None, seconds: float = ADMIN_S) -> object: ...


class _LocalPicture(Model):
    camera: int
    start_s: float | None
    width: int
    height: int
    joints: dict[str, list[tuple[float, float]]]
    head: list[tuple[float, float]]
    towards: dict[str, list[bool]]
    camera_moved: bool


class _LocalFigure(_LocalPicture):
    """What Kinetix Local answers: the picture of the first clip that was used, and the further ones."""

    further: list[_LocalPicture]


class Refining:
    """All of it blocks."""

    def __init__(
        self,
        ask: Ask,
        filmed: Callable[[ProcessId, int], FilmedClip | None],
        library: Library,
        profiles: Profiles,
        store: JobStore,
        runner: Runner,
    ) -> None:
        """`filmed`: the clip of a process, of several the one of that number, where it is on this machine."""
        self._ask, self._filmed, self._library = ask, filmed, library
        self._profiles, self._store, self._runner = profiles, store, runner

    def versions(self, emote_id: str) -> EmoteVersionList:
        """All versions of an emote, what was captured first."""
        self._local(emote_id)
        return _listed(self._ask("GET", f"/_local/emotes/{emote_id}/refine"))

    def refine(self, emote_id: str, corrections: list[dict[str, JsonValue]]) -> models.Job:
        """A further version, solved with exactly these corrections.

        Raises:
            CorrectionError: they are none.
            KinetixError: no observations of the emote were kept.
        """
        emote = self._local(emote_id)
        body = told.write_json(told.of_json({"corrections": corrections}).corrections)
        # Before Kinetix Local is asked: after a kill in between the job finds its version by its id.
        job = self._store.create(
            JobKind.REFINE, name=emote.name, clip="", profile=emote.profile, user=emote.user, settings=JobSettings()
        )
        with self._runner.holding(job.id):
            self._begin(job, f"/_local/emotes/{emote_id}/refine?job={job.id}", body)
        return self._store.public(job.id)

    def _begin(self, job: Job, path: str, body: object) -> None:
        try:
            (made,) = _listed([self._ask("POST", path, body)]).versions
        except Temporary as error:
            log.info("job %s: it is unknown whether its take is solved again: %s", job.id, error.title)
        except KinetixError:
            self._store.move(job.id, JobState.CANCELLED, "refused")
            self._store.remove(job.id)
            raise
        else:
            why = "the take is solved again"
            self._store.move(job.id, JobState.SUBMITTED, why, process=made.process, stage=JobStage.WAITING)

    def figure(self, emote_id: str, number: int) -> SeenFigure:
        """Where a version's figure is in the clips' pictures, and the clips."""
        self._local(emote_id)
        answer = self._ask("GET", f"/_local/emotes/{emote_id}/refine/{number}/figure", seconds=_FIGURE_S)
        found = _understood(_LocalFigure, answer)
        process = next((one.process for one in self.versions(emote_id).versions if one.number == number), None)
        pictures = [self._picture(process, one) for one in (found, *found.further)]
        return SeenFigure(pictures=pictures)

    def _picture(self, process: ProcessId | None, seen: _LocalPicture) -> SeenPicture:
        clip = None if process is None else self._filmed(process, seen.camera)
        starts_s = seen.start_s
        if clip is not None and starts_s is None:  # what was kept of an older take
            clip, starts_s = (clip, clip.start_s) if seen.camera == 0 else (None, None)
        return SeenPicture(
            camera=seen.camera,
            width=seen.width,
            height=seen.height,
            joints=seen.joints,
            head=seen.head,
            camera_moved=seen.camera_moved,
            towards=seen.towards,
            clip=None if clip is None else clip.path,
            clip_start=starts_s or 0.0,
        )

    def go_to(self, emote_id: str, number: int) -> EmoteVersionList:
        """Makes a version the one that the user has."""
        self._local(emote_id)
        self._ask("POST", f"/_local/emotes/{emote_id}/refine/{number}/current")
        found = self.versions(emote_id)
        for version in found.versions:
            if version.current:
                self._library.make_current(version.emote)
        return found

    def make_current(self, emote_id: str) -> EmoteVersionList:
        """Makes this emote, a version, the one that the user has."""
        listed = self.versions(emote_id)
        number = next((one.number for one in listed.versions if one.emote == emote_id and not one.current), None)
        return listed if number is None else self.go_to(emote_id, number)

    def _local(self, emote_id: str) -> Emote:
        emote = at_its_service(self._library.index.get(emote_id))
        if self._profiles.get(emote.profile).kind is not ProfileKind.LOCAL:
            raise InputError(
                "This emote was not made by Kinetix Local.",
                code="notLocal",
                next_step="Only what was captured on this machine can be corrected.",
            )
        return emote


def _listed(answer: object) -> EmoteVersionList:
    return _understood(EmoteVersionList, {"versions": answer})


def _understood(model: type[M], answer: object) -> M:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        cause = InputError(
            "Kinetix Local answers what cannot be understood.",
            code="localSilent",
            detail=str(error)[:300],
            next_step="Restart Kinetix.",
        )
        raise Temporary(cause) from error
