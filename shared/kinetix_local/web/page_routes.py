"""Routes of `/_local/page/{token}`; page_api.py does what they ask for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from weakref import WeakValueDictionary

from fastapi import APIRouter, Depends, Request
from pydantic import JsonValue

from kinetix_core.serving.listeners import recognize
from kinetix_local.api.instance import Service
from kinetix_local.api.schema import is_uuid
from kinetix_local.web.cameras import FIRST, check_number
from kinetix_local.web.clips import MOST_PIECE
from kinetix_local.web.errors import PageError, PageRoute, own_page_only
from kinetix_local.web.next_takes import NextTakes
from kinetix_local.web.page_api import PageApi, Part, purpose


def create(service: Service, next_takes: NextTakes) -> APIRouter:
    api = PageApi(service, next_takes)
    locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # only while somebody has one
    router = APIRouter(prefix="/page", tags=["page"], route_class=PageRoute)
    own = [Depends(own_page_only)]

    def checked(token: str, camera: int = FIRST) -> str:
        """The token of the take. A further camera's link has one of its own, which is good for nothing else."""
        with contextlib.suppress(ValueError):  # of a form that is none of ours
            if is_uuid(token):
                return token.lower() if camera == FIRST else service.seal.resolve(token, purpose(camera))
        raise PageError(404, "unknownLink", "This link does not work.", "Scan the QR code again.")

    def lock_of(token: str) -> asyncio.Lock:
        return locks.setdefault(token, asyncio.Lock())

    @router.get("/{token}")
    def state(token: str, camera: int = FIRST) -> dict[str, Any]:
        """Return the state of the link; `camera` is which of the take's cameras asks."""
        return api.state(checked(token, check_number(camera)), camera)

    @router.post("/{token}/cameras", dependencies=own)
    def add_camera(token: str) -> dict[str, Any]:
        """A link for one phone more that films the same take."""
        return api.add_camera(checked(token))

    @router.put("/{token}/clip", dependencies=own)
    async def clip(
        token: str, offset: int, total: int, request: Request, name: str = "clip.mp4", camera: int = FIRST
    ) -> dict[str, int]:
        """One piece of the clip, or of that of a further camera."""
        token = checked(token, check_number(camera))
        await asyncio.get_running_loop().run_in_executor(service.threads, api.require_open, token)
        recognize(request.scope, token)
        piece = bytearray()
        async for chunk in request.stream():
            piece += chunk
            if len(piece) > MOST_PIECE:
                raise PageError(413, "tooLarge", "This part of the upload is too large.")
        async with lock_of(token):
            return await asyncio.get_running_loop().run_in_executor(
                service.file_threads, api.receive, token, name, max(0, offset), total, bytes(piece), camera
            )

    @router.post("/{token}/look", dependencies=own)
    async def look(token: str, part: Part) -> dict[str, Any]:
        """All pieces are there: who can be captured, if anybody?"""
        token = checked(token)
        async with lock_of(token):
            return await api.look(token, part)

    @router.post("/{token}/submit", dependencies=own)
    async def submit(token: str, form: dict[str, JsonValue]) -> dict[str, Any]:
        """All pieces are there: make the emote."""
        token = checked(token)
        async with lock_of(token):
            answer: dict[str, Any] = await asyncio.get_running_loop().run_in_executor(
                service.file_threads, api.submit, token, form
            )
        return answer

    @router.post("/{token}/validate", dependencies=own)
    def validate(token: str) -> dict[str, Any]:
        """The player keeps this take."""
        return api.validate(checked(token))

    @router.post("/{token}/retake", dependencies=own)
    def retake(token: str) -> dict[str, str]:
        """The player films again; the answer has the page for it."""
        return api.retake(checked(token))

    @router.post("/{token}/next", dependencies=own)
    def next_take(token: str, *, retake: bool = False) -> dict[str, str | None]:
        """The phone films another take; asked again until the answer has the token of its link.

        With `retake` it replaces the take that the player decides about.
        """
        return api.next_take(checked(token), retake=retake)

    return router
