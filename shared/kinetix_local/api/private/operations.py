"""Operations: health, metrics and the queue, for load balancers, alarms and operators."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kinetix_core.protocol.local.models import Readiness
from kinetix_local.api.instance import Service
from kinetix_local.api.private import metrics
from kinetix_local.store import audit
from kinetix_local.store.admin import cancel_capture
from kinetix_local.store.blobs import RESERVED_BYTES, StorageError
from kinetix_local.store.queue import captures
from kinetix_local.webhooks import outbox


def create(service: Service, admin: Callable[[Request], Any]) -> APIRouter:
    """`admin` lets only administrators in."""
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process lives. Asks nothing of the database: one that is away is no reason to start this service anew."""
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz(response: Response) -> Readiness:
        """Return whether to send requests here: 503 while stopping, without the database, or with a full disk.

        `impaired` is no reason to send them elsewhere: the storage of files is away for all services at once, and most requests need
        none of it.
        """
        wrong: list[str] = []
        impaired: list[str] = []
        if service.draining or service.stopping:
            wrong.append("draining")
        try:
            with service.database.read() as db:
                db.execute(text("SELECT 1"))
        except SQLAlchemyError:
            wrong.append("database")
        if service.blobs.free_bytes() < RESERVED_BYTES:
            wrong.append("disk")
        try:
            service.blobs.check()
        except StorageError as error:
            impaired.append(error.code)
        if wrong:
            response.status_code = 503
        return Readiness(status="unavailable" if wrong else "ok", wrong=wrong, impaired=impaired)

    def reader(request: Request) -> None:
        """An administrator, or whoever has the token for metrics."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        wanted = service.settings.metrics_token
        if wanted is None or not hmac.compare_digest(given.encode(), wanted.encode()):
            admin(request)

    @router.get("/metrics", dependencies=[Depends(reader)])
    def all_metrics() -> Response:
        """Prometheus' text format."""
        with service.database.read() as db:
            return Response(metrics.text(service, db), media_type=metrics.CONTENT_TYPE)

    @router.get("/captures", dependencies=[Depends(admin)])
    def running() -> list[dict[str, Any]]:
        """Return the running captures of all machines."""
        with service.database.read() as db:
            found = captures.every_live(db)
        return [
            {
                "process": uuid,
                "step": live.step,
                "stage": live.stage,
                "percent": live.percent,
                "remainingS": live.remaining_s,
                "elapsedS": live.elapsed_s,
            }
            for uuid, live in found.items()
        ]

    @router.delete("/captures/{process}", dependencies=[Depends(admin)], status_code=204)
    def cancel(process: str) -> None:
        """Cancel a waiting or running process: it is rejected and its worker freed within two seconds."""
        with service.database.write() as db:
            now = service.clock.now()
            with audit.acting("administrator"):
                outbox.note(db, cancel_capture(db, now, process), "rejected", now)
        service.wake_outbox()

    @router.post("/drain", dependencies=[Depends(admin)])
    def drain() -> dict[str, int]:
        """Begins no capture any more and tells load balancers; what runs goes on. Ask again until `running` is 0, then stop it."""
        if service.stopping:
            raise HTTPException(503, "The service is ending.")
        return {"running": service.drain()}

    return router
