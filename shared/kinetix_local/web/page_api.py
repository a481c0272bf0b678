"""`/_local/page/{token}`: what the upload page needs beyond the contract, with nothing but its token.

The token's uuid is the secret. While it is good, clips come in pieces; once it is used, it shows its own process and takes the
player's decision, for a day; and for half an hour it leads to the next take, where a hub follows it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, select, update

from kinetix_capture.interface import ClipPart
from kinetix_core.values.capture_settings import Crop, Seconds
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.identity import BadIdentity, JobId
from kinetix_core.values.views import MOST_VIEWS
from kinetix_local.api import generation
from kinetix_local.api.bodies.multipart import File, Form
from kinetix_local.api.bodies.upload_form import check_form
from kinetix_local.api.context import Context
from kinetix_local.api.errors import ApiError
from kinetix_local.api.forms import Links, process_json
from kinetix_local.api.instance import Service
from kinetix_local.store import configuration as configurations
from kinetix_local.store import emotes, processes, retakes
from kinetix_local.store.blobs import StorageError
from kinetix_local.store.queue.captures import Live
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import ProcessRow, TokenRow
from kinetix_local.store.sql.tables import tokens
from kinetix_local.web.cameras import FIRST, Cameras, key_of
from kinetix_local.web.clips import open_clips
from kinetix_local.web.errors import PageError, from_api
from kinetix_local.web.next_takes import NextTakes

T = TypeVar("T")

_DAY_MS = 86_400_000
# A slow upload keeps its link: while pieces arrive there are always two minutes left, for half an hour in all.
_GRACE_MS = 120_000
_LONGEST_MS = 1_800_000
_ENDED = frozenset({"done", "validated", "rejected", "failed"})


class Part(BaseModel):
    """The part of the clip to capture; the crop is left, top, width and height as fractions of the frame.

    `upper`: the upper body alone is captured, of the one person that there is.
    """

    model_config = ConfigDict(extra="forbid")
    start: Seconds = 0.0
    end: Seconds
    crop: Crop | None = None
    upper: bool = False


class PageApi:
    """The logic behind the routes; every method is one request, on a thread."""

    def __init__(self, service: Service, next_takes: NextTakes) -> None:
        self.service, self.next_takes = service, next_takes
        self.clips = open_clips(service.blobs, service.settings.max_upload_bytes)
        self.cameras = Cameras(self.clips)

    def state(self, token: str, camera: int = FIRST) -> dict[str, Any]:
        with self.service.database.read() as db:
            answer = self._state(db, token)
        if answer["state"] != "used":  # asked for without a connection to the database: pieces may lie elsewhere
            answer["received"] = self.clips.received(key_of(token, camera))
        if answer["state"] == "open":
            self.cameras.arrived(token, camera)
            answer["cameras"] = self.cameras.states(token)
        if answer["cameras"] or answer["kept"]:  # whoever waits for another phone keeps the link
            with contextlib.suppress(PageError):
                self.require_open(token)
        if camera != FIRST and answer["process"] is not None:  # the first phone decides, and its clip is its own
            answer["process"] |= {"clipUrl": None, "validation": False, "retriesLeft": 0, "next": False}
        return answer

    def _state(self, db: Connection, token: str) -> dict[str, Any]:
        now = self.service.clock.now()
        answer: dict[str, Any] = {
            "state": "unknown",
            "expireIn": 0,
            "retake": False,
            "received": 0,
            "name": "",
            "limits": self._limits({}),
            "cameras": [],
            "kept": False,
            "mostCameras": MOST_VIEWS if self.service.settings.strict is None else FIRST,
            "process": None,
        }
        row = rows.first(db, TokenRow, select(tokens).where(tokens.c.uuid == token))
        if row is not None:
            key = self.service.keys.of_id(db, row.key_id)
            left = max(0, row.expires_at - now)
            state = "open" if left else "expired"
            return answer | {
                "state": state,
                "expireIn": -(-left // 1000),
                "retake": row.parent is not None,
                "name": _proposed(row.metadata),
                "kept": state == "open" and self._of_hub(row) and now - row.created_at < _LONGEST_MS,
                "limits": self._limits(key.configuration if key else {}),
            }
        process = self._process(db, token)
        return answer if process is None else answer | {"state": "used", "process": self._take(db, *process)}

    def _limits(self, configuration: dict[str, Any]) -> dict[str, float]:
        strict = self.service.settings.strict is not None
        length = configurations.clip_length(configuration, strict=strict)
        return {
            "minSeconds": length.shortest_s,
            "maxSeconds": length.longest_s,
            "maxBytes": self.service.settings.max_upload_bytes,
            "upperBody": not strict,
            "face": not strict,
        }

    def _process(self, db: Connection, token: str) -> tuple[ProcessRow, Live | None] | None:
        """The process that the link made within the last day, and the progress of its capture."""
        found = processes.poll_of_token(db, token, self.service.clock.now() - _DAY_MS)
        return None if found is None else (found.row, found.live)

    def _take(self, db: Connection, row: ProcessRow, live: Live | None) -> dict[str, Any]:
        linked, strict = retakes.of_user(db, row.user_id), self.service.settings.strict is not None
        shown = process_json(row, retakes=linked, with_status=True, live=live)
        key = self.service.keys.of_id(db, row.key_id)
        configuration = key.configuration if key else {}
        validation = configurations.validates(configuration)
        most = configurations.retries(configuration)
        spent = retakes.spent(db, row.uuid, linked, failed_too=strict)
        links = Links("")  # relative: the phone reaches this service under another name than the computer does
        own = emotes.files_by_uuid(db, row.emote)
        clip = next(iter(emotes.files_by_uuid(db, row.video)), None)
        message = shown.get("errorMessage")
        return {
            "uuid": row.uuid,
            "name": row.name,
            "status": shown["status"],
            "stage": live.stage if live else "waiting",
            "progression": shown["progression"],
            "remainingS": live.remaining_s if live else None,
            "error": row.failure
            or {"code": "processFailed", "title": message or "Something went wrong.", "nextStep": ""}
            if shown["status"] == "failed"
            else None,
            "validation": validation,
            "retriesLeft": max(0, (99 if most is None else most) - spent) if validation else 0,
            "files": [
                {"name": file.name, "extension": file.extension, "url": links.file(row.emote, file)}
                for file in own
                if not file.avatar_uuid
            ],
            "clipUrl": links.file(row.video, clip) if clip else None,
            "clipStart": processes.asked_start(row.request),
            "hints": shown.get("hints", []),
            "wording": shown.get("wording", {}),
            "next": self._may_go_on(row, ended=shown["status"] in _ENDED),
            "asks": shown["status"] == "done" and self._hub_asks(row) and not self.next_takes.is_accepted(row.uuid),
        }

    def _may_go_on(self, row: ProcessRow, *, ended: bool) -> bool:
        """Return whether the phone may film another take: a hub made its link, is running, and the take ended recently."""
        fresh = self.service.clock.now() - (row.ended_at or row.updated_at or row.created_at) < processes.GOES_ON_MS
        return ended and fresh and self._of_hub(row) and self.next_takes.hub_listens

    def _hub_asks(self, row: ProcessRow) -> bool:
        """Return whether the hub's job awaits a decision that the service itself does not ask for."""
        return isinstance(row.metadata, dict) and row.metadata.get("asks") == "true" and self._of_hub(row)

    def _of_hub(self, row: ProcessRow | TokenRow) -> bool:
        return self.service.settings.strict is None and _job_of(row) is not None

    def receive(
        self, token: str, name: str, offset: int, total: int, piece: bytes, camera: int = FIRST
    ) -> dict[str, int]:
        self.require_open(token)
        received = self.clips.add(key_of(token, camera), name, offset, total, piece)
        self.cameras.expect(token, camera, total)
        return {"received": received}

    def add_camera(self, token: str) -> dict[str, Any]:
        """The link, and its QR code, by which one phone more films this take. Raises PageError 409 where there are enough."""
        import segno  # nothing else here needs it

        self.require_open(token)
        if self.service.settings.strict is not None:
            raise PageError(409, "tooManyCameras", "This service takes one clip.")
        camera = self.cameras.add(token)
        page = (self.service.settings.page_url or self.service.base_url).rstrip("/")
        link = f"{page}/?token={self.service.seal.alias(token, purpose(camera))}&camera={camera}"
        return {"camera": camera, "link": link, "code": segno.make(link, error="m").png_data_uri(scale=6, border=3)}

    def require_open(self, token: str) -> None:
        """Raises PageError 403 when the link is used up, too old or none; else it stays good while a clip arrives."""
        now = self.service.clock.now()
        with self.service.database.read() as db:
            row = processes.token(db, token, now)
        if row is None:
            raise PageError(403, "wrongToken", "This link cannot be used any more.")
        if row.expires_at - now < _GRACE_MS and now - row.created_at < _LONGEST_MS:
            with self.service.database.write() as db:
                db.execute(update(tokens).where(tokens.c.uuid == token).values(expires_at=now + _GRACE_MS))

    async def look(self, token: str, part: Part) -> dict[str, Any]:
        """Return the result of a quick look at the clip: `people`, and in `failure` why nobody is found. Both are empty
        if this service cannot look, or accepts clips like the published one."""
        nothing: dict[str, Any] = {"people": [], "failure": None}
        if self.service.settings.strict is not None:
            return nothing
        loop, clip = asyncio.get_running_loop(), contextlib.ExitStack()
        link = await loop.run_in_executor(self.service.threads, self.state, token)
        file = await loop.run_in_executor(self.service.file_threads, clip.enter_context, self.clips.taken(token))
        try:
            if file is None or file.path is None or link["state"] != "open":
                return nothing
            length = ClipLength(link["limits"]["minSeconds"], link["limits"]["maxSeconds"])
            wanted, runner = ClipPart(file.path, part.start, part.end, part.crop, length), self.service.runner
            people = [] if part.upper else await runner.seen_people(wanted)
            failure = None if people else await runner.precheck(wanted)
            return {
                "people": [one.as_json() for one in people],
                "failure": None if failure is None else failure.as_dict(),
            }
        finally:
            await loop.run_in_executor(self.service.file_threads, clip.close)

    def submit(self, token: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The clip that has arrived becomes a process, by the same code as an upload in one piece."""
        self.require_open(token)
        with self.clips.taken(token) as part, self.cameras.views(token) as views:
            if part is None:
                raise PageError(409, "noClip", "No clip has arrived.", "Send the clip again.", received=0)
            self._accept(token, fields, part, views)
        return self.state(token)

    def _accept(self, token: str, fields: dict[str, Any], part: File, views: list[File]) -> None:
        context = Context(self.service)
        form = Form(clip=part, views=views)
        fields = {key: value for key, value in fields.items() if value not in (None, "")}
        with self.service.database.read() as db:
            given = db.execute(select(tokens.c.metadata).where(tokens.c.uuid == token)).scalar()
        try:
            asked = check_form({"name": _proposed(given) or "Emote", **fields}, form, strict=context.strict)
        except ApiError as error:  # the clip stays: the page may send a valid form
            raise from_api(error) from error
        try:
            generation.accept(context, token, asked, form)
        except StorageError:
            raise  # the clip stays, as its token does: nobody need send it once more
        except BaseException as error:
            self._forget(token)
            if isinstance(error, ApiError):
                raise from_api(error) from error
            raise
        self._forget(token)

    def _forget(self, token: str) -> None:
        self.clips.forget(token)
        self.cameras.forget(token)

    def validate(self, token: str) -> dict[str, Any]:
        """The state; its `asks` stays true as long as a hub that asks has not answered. Raises PageError 409 where it refuses."""
        accepted = self.next_takes.is_accepted
        with self.service.database.read() as db:
            found = self._process(db, token)
        row = found and found[0]
        job = _job_of(row) if row is not None and self._hub_asks(row) else None
        if row is None or job is None:
            self._decide(token, generation.validate)
        elif (
            not accepted(row.uuid)
            and self.next_takes.ask(row.uuid, job, accept=True).answered
            and not accepted(row.uuid)
        ):
            self.next_takes.forget(row.uuid)
            raise PageError(409, "notAccepted", "The take cannot be accepted here.", "Accept it in the editor.")
        return self.state(token)

    def retake(self, token: str) -> dict[str, str]:
        return {"url": f"/?token={self._decide(token, generation.retake)['uuid']}"}

    def next_take(self, token: str, *, retake: bool = False) -> dict[str, str | None]:
        """`token` of the link for another take; None as long as the hub has not answered. Raises PageError 409 where there is none."""
        with self.service.database.read() as db:
            process = self._process(db, token)
            if process is None or (job := _job_of(process[0])) is None or not self._take(db, *process)["next"]:
                raise _no_next_take()
            row = process[0]
            found = self.next_takes.ask(row.uuid, job, retake=retake)
            if found.token is not None and processes.token(db, found.token, self.service.clock.now()) is None:
                self.next_takes.forget(row.uuid)  # it is used up as well, or ran out: one more is asked for
                found = self.next_takes.ask(row.uuid, job, retake=retake)
        if found.answered and found.token is None:
            self.next_takes.forget(row.uuid)
            raise _no_next_take()
        return {"token": found.token}

    def _decide(self, token: str, decide: Callable[[Context, str], T]) -> T:
        context = Context(self.service)
        with self.service.database.write() as db:
            found = self._process(db, token)
            key = self.service.keys.of_id(db, found[0].key_id) if found is not None else None
            if found is None or key is None:
                raise PageError(404, "unknownLink", "There is no take for this link.", "Ask for a new link.")
            context.db, context.key = db, key
            try:
                decision = decide(context, found[0].uuid)
            except ApiError as error:
                raise from_api(error) from error
        context.committed()
        return decision


def purpose(camera: int) -> str:
    return f"camera-{camera}"


def _job_of(row: ProcessRow | TokenRow) -> JobId | None:
    """Return the hub's job that the token was made for, from metadata that may be a game's own."""
    job = row.metadata.get("job") if isinstance(row.metadata, dict) else None
    try:
        return JobId(job)
    except BadIdentity:
        return None


def _no_next_take() -> PageError:
    return PageError(
        409, "noNextTake", "There is no further link for this phone.", "Ask for a new one at the computer."
    )


def _proposed(metadata: Any) -> str:
    """The name that whoever asked for the token would give the emote; it is taken where the player gives none."""
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name.strip()[:25] if isinstance(name, str) else ""
