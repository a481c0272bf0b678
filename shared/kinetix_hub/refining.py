"""Corrected versions of an emote: Kinetix Local solves a take again, and a job follows it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pydantic import JsonValue, ValidationError

from kinetix_core.protocol import corrections as correction_list
from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.answers import EmoteVersionList
from kinetix_core.protocol.hub.enumerations import JobKind, JobStage, JobState, ProfileKind
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_hub.jobs.job import Job
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.library.emote import Emote, at_its_service
from kinetix_hub.library.library import Library
from kinetix_hub.services.port import Temporary

log = logging.getLogger(__name__)
Ask = Callable[..., object]
"""As `LocalService.ask`."""


class Refining:
    """Versions of emotes. Every method blocks."""

    def __init__(
        self,
        ask: Ask,
        library: Library,
        profiles: Profiles,
        store: JobStore,
        runner: Runner,
    ) -> None:
        self._ask, self._library = ask, library
        self._profiles, self._store, self._runner = profiles, store, runner

    def versions(self, emote_id: str) -> EmoteVersionList:
        """Return all versions of an emote, the captured one first."""
        self._local(emote_id)
        return _listed(self._ask("GET", f"/_local/emotes/{emote_id}/refine"))

    def refine(self, emote_id: str, corrections: list[dict[str, JsonValue]]) -> models.Job:
        """Create a version with exactly these corrections.

        Raises:
            CorrectionError: the corrections are invalid.
            KinetixError: the emote has no observations.
        """
        emote = self._local(emote_id)
        body = correction_list.write_json(correction_list.of_json({"corrections": corrections}).corrections)
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

    def go_to(self, emote_id: str, number: int) -> EmoteVersionList:
        """Make the version of this number the current one."""
        self._local(emote_id)
        self._ask("POST", f"/_local/emotes/{emote_id}/refine/{number}/current")
        found = self.versions(emote_id)
        for version in found.versions:
            if version.current:
                self._library.make_current(version.emote)
        return found

    def make_current(self, emote_id: str) -> EmoteVersionList:
        """Make this emote, a version, the current one."""
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
    try:
        return EmoteVersionList.model_validate({"versions": answer})
    except ValidationError as error:
        cause = InputError(
            "The answer of Kinetix Local is invalid.",
            code="localSilent",
            detail=str(error)[:300],
            next_step="Restart Kinetix.",
        )
        raise Temporary(cause) from error
