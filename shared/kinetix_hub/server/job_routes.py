"""Routes about jobs and about the service's own processes."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kinetix_core.protocol.hub.answers import (
    ClipVerdict,
    Decision,
    JobList,
    MoveList,
    ProcessList,
    RemovedFromList,
)
from kinetix_core.protocol.hub.bodies import (
    ClipCheckBody,
    JobBody,
    PhoneBody,
    RetakeBody,
)
from kinetix_core.protocol.hub.models import Job, Process
from kinetix_core.values.identity import JobId, ProcessId
from kinetix_hub.hub import Hub
from kinetix_hub.server.answers import answered


def add_job_routes(v1: APIRouter, hub: Hub) -> None:
    store, commands = hub.store, hub.commands

    @v1.post("/jobs", status_code=201)
    def create(body: JobBody) -> Job:
        return commands.create(body.clip, body.name, body.settings(), body.profile, body.user)

    @v1.post("/jobs/phone", status_code=201)
    def phone(body: PhoneBody) -> Job:
        """Create a job in `awaitingUpload` with a link for a phone."""
        return commands.create_phone(body.name, body.profile, body.user, ask_first=body.ask_first)

    @v1.post("/clips/check")
    def check_clip(body: ClipCheckBody) -> ClipVerdict:
        """Check a clip within about two seconds; a profile that sends clips away checks the file alone."""
        return hub.check_clip(body)

    @v1.get("/jobs")
    def search(q: str = "", state: str = "", limit: int = 50, before: str = "") -> JobList:
        """Search jobs. `state`: several with commas; `before`: id of the last job seen."""
        return JobList(jobs=store.search(q, state, limit, before))

    @v1.get("/jobs/{job_id}", response_model=Job)
    async def one(job_id: JobId) -> Response:
        found = store.quick(job_id)
        return answered(found if found is not None else await run_in_threadpool(store.public, job_id))

    @v1.get("/jobs/{job_id}/moves")
    def moves(job_id: JobId) -> MoveList:
        return MoveList(moves=store.moves(job_id))

    @v1.delete("/jobs/{job_id}")
    def remove(job_id: JobId) -> RemovedFromList:
        """Remove an ended job; its emote stays."""
        store.remove(job_id)
        hub.library.clear(job_id)
        return RemovedFromList(removed=job_id)

    @v1.post("/jobs/{job_id}/cancel")
    def cancel(job_id: JobId) -> Job:
        return commands.cancel(job_id)

    @v1.post("/jobs/{job_id}/retry")
    def retry(job_id: JobId) -> Job:
        """Retry a job with its id and settings; nothing that may have arrived is sent again."""
        return commands.retry(job_id)

    @v1.post("/jobs/{job_id}/upper-body")
    def capture_upper_body(job_id: JobId) -> Job:
        """Capture the upper body of a clip that was rejected as half a body. Keeps id and other settings."""
        return commands.capture_upper_body(job_id)

    @v1.post("/jobs/{job_id}/validate")
    def validate(job_id: JobId) -> Job:
        return commands.validate(job_id)

    @v1.post("/jobs/{job_id}/retake")
    def retake(job_id: JobId, body: RetakeBody) -> Job:
        given = {name for name in body.model_fields_set if name not in ("clip", "name", "user", "profile")}
        return commands.retake(job_id, body.clip, body.settings() if given else None, body.name)

    @v1.get("/processes")
    def processes(user: str = "", profile: str = "") -> ProcessList:
        """List a user's processes at the service, also those without a job."""
        return ProcessList(processes=hub.processes(profile, user))

    @v1.get("/processes/{uuid}")
    def process(uuid: ProcessId, profile: str = "") -> Process:
        return hub.process(profile, uuid)

    @v1.post("/processes/{uuid}/validate")
    def validate_process(uuid: ProcessId, profile: str = "") -> Decision:
        return Decision(hub.decide(profile, uuid, accept=True))

    @v1.post("/processes/{uuid}/retake")
    def retake_process(uuid: ProcessId, profile: str = "") -> Decision:
        return Decision(hub.decide(profile, uuid, accept=False))
