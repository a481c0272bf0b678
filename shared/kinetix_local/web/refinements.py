"""`/_local/emotes/{emote}/refine`: versions of an emote that come from corrections."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from kinetix_capture.quality_model import ArmChoice, QualityReport
from kinetix_core.protocol import corrections
from kinetix_core.protocol.corrections import CorrectionList, LimbPart, PictureJoint, Side
from kinetix_local.api.instance import Service
from kinetix_local.queue import task
from kinetix_local.store import process_steps, refinements
from kinetix_local.store.clock import iso
from kinetix_local.store.refinements import Version
from kinetix_local.webhooks import outbox


class VersionJson(BaseModel):
    """`status` as the API has it; `current` is the version that the player has. `error` says why it could not be solved.

    `firstFrame`: with which frame of the take the emote begins, as a loop is cut out of it.
    """

    number: int
    emote: str
    process: str
    status: str
    createdAt: str
    current: bool
    corrections: list[dict[str, Any]]
    firstFrame: int
    unsure: list[dict[str, Any]]
    armChoices: list[ArmChoice]
    error: dict[str, Any] | None

    @classmethod
    def of(cls, version: Version) -> VersionJson:
        row = version.process
        return cls(
            number=version.number,
            emote=version.emote,
            process=row.uuid,
            status=process_steps.status(row.step, row.validated, row.rejected),
            createdAt=iso(row.created_at),
            current=version.current,
            corrections=version.corrections,
            firstFrame=loop.start if (loop := QualityReport.read(row.quality).loop) else 0,
            unsure=version.unsure,
            armChoices=[ArmChoice.model_validate(one) for one in version.arm_choices],
            error=row.failure,
        )


class PictureJson(BaseModel):
    """Place of the figure in one clip's frames, for each frame of the take.

    `camera` is the number of the clip, in the order in which those of the take were given, from 0. The take begins `startS` seconds
    into it; null where what an older version kept does not tell. Places are shares of width and height from the upper left; `width`
    and `height` are those of the upright picture in pixels. `joints` are those that a correction of kind `point` can name, and `head`
    is the nose. `towards`: of each part of a limb that a correction of kind `depth` can name, whether it points to the camera.
    `cameraMoved`: the places are those for a camera that stood still, and a point in this picture corrects nothing.
    """

    camera: int
    startS: float | None
    width: int
    height: int
    joints: dict[PictureJoint, list[tuple[float, float]]]
    head: list[tuple[float, float]]
    towards: dict[LimbPart, list[bool]]
    cameraMoved: bool


class FigureJson(PictureJson):
    """Place of one version's figure in the first clip's frames, and in the `further` ones.

    `stands`: the first and last frames of each stretch in which a foot stands, `handsStand` those in which a hand stands on the
    floor or holds on to something; null where no legs were captured.
    """

    frames: int
    stands: dict[Side, list[tuple[int, int]]] | None
    handsStand: dict[Side, list[tuple[int, int]]] | None
    further: list[PictureJson]


def create(service: Service) -> APIRouter:
    router = APIRouter(prefix="/emotes", tags=["refine"])

    @router.get("/{emote}/refine")
    def versions(emote: str) -> list[VersionJson]:
        """Every version of the emote, what was captured first. `emote` may be any of them."""
        with service.database.read() as db:
            return [VersionJson.of(version) for version in refinements.versions(db, emote)]

    @router.post("/{emote}/refine", status_code=202)
    def refine(emote: str, body: CorrectionList, job: str = "") -> VersionJson:
        """Add a version, solved with exactly these corrections; it is processed like a new emote.

        `job`: the hub's job that follows the version and fetches it, kept in the metadata of its process. A version without one is
        a library edit for the hub.
        """
        told = corrections.write_json(body.corrections)["corrections"]
        with service.database.write() as db:
            now = service.clock.now()
            row = refinements.begin(db, emote, told, now, job=job)
            outbox.note(db, row, "initialized", now)
            made = refinements.versions(db, row.emote)[-1]
        service.announce_capture()
        service.wake_outbox()
        return VersionJson.of(made)

    @router.get("/{emote}/refine/{number}/figure")
    async def figure(emote: str, number: int) -> FigureJson:
        """The figure over the clips' pictures, as this version was solved. A worker solves it once more, which takes a moment."""

        def fetched(folder: Path) -> tuple[Path, list[dict[str, Any]]]:
            with service.database.read() as db:
                first, *_ = refinements.versions(db, emote)
                version = refinements.version(db, emote, number)
                _, kept = refinements.kept_observations(db, first.emote)
            return service.blobs.fetch(kept.blob, folder), version.corrections

        with TemporaryDirectory(prefix="kinetix-", ignore_cleanup_errors=True) as folder:
            loop = asyncio.get_running_loop()
            observations, told = await loop.run_in_executor(service.file_threads, fetched, Path(folder))
            found = await service.runner.run_beside(task.seen_figure, observations, {"corrections": told})
        return FigureJson.model_validate(found)

    @router.post("/{emote}/refine/{number}/current", status_code=204)
    def go_to(emote: str, number: int) -> None:
        """Give the player this version."""
        with service.database.write() as db:
            version = refinements.go_to(db, emote, number, service.clock.now())
        service.changed_for([version.process.user_id], version.emote)

    return router
