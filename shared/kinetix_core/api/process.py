"""Generations: tokens, uploads, state, acceptance and retakes (docs/api-contract.md#2.7, #3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kinetix_core.api.errors import Cancelled, TimedOut
from kinetix_core.api.group import Group, read, segment
from kinetix_core.api.models import Emote, Process, Token, TokenStatus, VideoInfo
from kinetix_core.api.uploads import Transfer, send_clip


class Processes(Group):
    def token(self, user_id: str, *, metadata: Mapping[str, Any] | None = None) -> Token:
        """Leave for one upload by a player; `metadata` (JSON) is attached to process and emote. A key that may write.

        Raises:
            NotFound: no such player.
            Forbidden: `noUGC`, `planLimitReached`.
            TooManyRequests: `tooManyUserProcesses`.
        """
        query, path = {"userId": user_id}, "/v1/process/token"
        if metadata is None:
            answer = self._transport.call("GET", path, query=query)
        else:
            answer = self._transport.call("POST", path, query=query, json=dict(metadata), safe=True)
        return read(Token, answer.value, f"GET {path}").model_copy(update={"user_id": user_id})

    def token_status(self, token: Token | str) -> TokenStatus:
        """Raises NotFound once the token is used, expired or was never given. Needs no key and is not counted."""
        return self._call(TokenStatus, "GET", f"/v1/process/token/{segment(_uuid(token))}", anonymous=True)

    def create(
        self,
        token: Token | str,
        clip: Path | str,
        *,
        name: str | None = None,
        form: Mapping[str, str] | None = None,
        views: Sequence[Path] = (),
        progress: Callable[[Transfer], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Process:
        """Upload a clip from disk and return the process in its first step. Uses the token up.

        Args:
            name: of the emote; the file's name if left out or empty.
            form: other fields of the form, as `CaptureSettings.to_form` returns them.
            views: further clips of the same take; Kinetix Local alone takes them.
            progress: called after each block, from this thread.
            cancelled: asked after each block and ten times a second; True ends the upload.

        Raises:
            Forbidden: `wrongToken` (used, expired), `noUGC`, `planLimitReached`.
            BadRequest, PayloadTooLarge, UnsupportedMediaType, NotAcceptable: the clip is not taken; the token may still be good.
            UploadDoubtful: the answer was lost after the token was used; the user's processes tell whether one was made.
            Cancelled: then the token may or may not be used up.
        """
        clip = Path(clip)
        # Without blanks around it: a server may drop them, and the name is what an upload is found again by.
        fields = {"name": (name or "").strip() or clip.stem.strip() or "emote", "mature": "false", **(form or {})}
        answer = send_clip(
            self._transport, segment(_uuid(token)), (clip, *views), fields, progress=progress, cancelled=cancelled
        )
        return read(Process, answer.value, "POST /v1/process")

    def create_from_video(
        self, token: Token | str, video: str, *, name: str | None = None, mature: bool = False
    ) -> Process:
        """Start from a video asset that `video_download` made. Raises BadRequest, NotFound. Uses the token up."""
        body: dict[str, Any] = {"videoUuid": video, "mature": mature}
        if name is not None:
            body["name"] = name
        return self._call(Process, "POST", "/v1/process", json=body, token=_uuid(token))

    def video_info(self, token: Token | str, url: str) -> VideoInfo:
        """Return the metadata of an online video. The token stays valid.

        Raises:
            PayloadTooLarge: `videoTooLong`. NotAcceptable: `videoMature`.
            UnprocessableContent: `unsupportedURL`, `badURL`, `timeOut`. NotFound: `videoNotFound`.
        """
        path = "/v1/process/video/info"
        return self._call(VideoInfo, "POST", path, json={"url": url}, token=_uuid(token), safe=True)

    def video_download(self, token: Token | str, url: str) -> Emote:
        """Let the server fetch an online video; the asset's `uuid` goes into `create_from_video`. Errors as `video_info`."""
        path = "/v1/process/video/download"
        return self._call(Emote, "POST", path, json={"url": url}, token=_uuid(token), safe=True)

    def get(self, uuid: str) -> Process:
        """A process with its `hierarchy`; it has a step, and `state` tells the group. Raises NotFound. May write."""
        return self._call(Process, "GET", f"/v1/process/{segment(uuid)}")

    def validate(self, uuid: str) -> Process:
        """Accepts: the emote enters the bag. A key that may write.

        Raises:
            TooEarly: not done yet (the published server answers Forbidden).
            Forbidden: the virtual world has no validation. NotFound.
        """
        return self._call(Process, "POST", f"/v1/process/{segment(uuid)}/validate")

    def retake(self, uuid: str) -> Token:
        """Discard this take and return a token for another one. Write access.

        Raises:
            NotFound: no such process, or no retakes left. Forbidden: the virtual world has no validation.
        """
        token = self._call(Token, "POST", f"/v1/process/{segment(uuid)}/retake", safe=True)
        return token.model_copy(update={"parent": uuid})

    def wait(
        self,
        uuid: str,
        *,
        timeout_s: float = 3600.0,
        every_s: float = 2.0,
        on_change: Callable[[Process], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Process:
        """Ask again until the process has ended (`Process.ended`). Raises TimedOut, Cancelled."""
        deadline, last = time.monotonic() + timeout_s, None
        while True:
            process = self.get(uuid)
            if on_change is not None and process != last:
                on_change(process)
            if process.ended:
                return process
            last = process
            pause_until = time.monotonic() + every_s
            while time.monotonic() < pause_until:
                if cancelled is not None and cancelled():
                    raise Cancelled("Waiting was cancelled.")
                if time.monotonic() > deadline:
                    raise TimedOut(
                        "The process is not done yet.",
                        detail=f"GET /v1/process/{uuid}",
                        next_step="Check the process again later.",
                    )
                time.sleep(min(0.1, every_s))


def _uuid(token: Token | str) -> str:
    return token.uuid if isinstance(token, Token) else token
