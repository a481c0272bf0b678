"""`/_local/emotes/{emote}/refine`: versions of an emote that come from corrections."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from kinetix_core import corrections
from kinetix_core.corrections import CorrectionList
from kinetix_local.api.instance import Service
from kinetix_local.store import process_steps, refinements
from kinetix_local.store.clock import iso
from kinetix_local.store.refinements import Version
from kinetix_local.webhooks import outbox

__all__ = ["create"]


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
    error: dict[str, str] | None

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
            firstFrame=((row.quality or {}).get("loop") or {}).get("start", 0),
            unsure=version.unsure,
            error=row.failure,
        )


def create(service: Service) -> APIRouter:
    router = APIRouter(prefix="/emotes", tags=["refine"])

    @router.get("/{emote}/refine")
    def versions(emote: str) -> list[VersionJson]:
        """Every version of the emote, what was captured first. `emote` may be any of them."""
        with service.database.read() as db:
            return [VersionJson.of(version) for version in refinements.versions(db, emote)]

    @router.post("/{emote}/refine", status_code=202)
    def refine(emote: str, body: CorrectionList) -> VersionJson:
        """A further version, solved with exactly these corrections. It goes the way of a new emote."""
        told = corrections.write_json(body.corrections)["corrections"]
        with service.database.write() as db:
            now = service.clock.now()
            row = refinements.begin(db, emote, told, now)
            outbox.note(db, row, "initialized", now)
            made = refinements.versions(db, row.emote)[-1]
        service.announce_capture()
        service.wake_outbox()
        return VersionJson.of(made)

    @router.post("/{emote}/refine/{number}/current", status_code=204)
    def go_to(emote: str, number: int) -> None:
        """Back to a version: the player has it from now on."""
        with service.database.write() as db:
            version = refinements.go_to(db, emote, number, service.clock.now())
        service.emote_changed(version.emote, version.process.user_id)

    return router
