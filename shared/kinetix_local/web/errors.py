"""Refusals of the pages' own routes: `{"error": {code, title, nextStep, wording?}}`, as everywhere outside the contract."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from kinetix_core.values.wording import wording_of
from kinetix_local.api.errors import ApiError

NEXT_STEPS = {
    "wrongToken": "Ask for a new link in the game, in Blender or in Godot.",
    "noUGC": "The owner of this virtual world has to allow user generated emotes.",
    "planLimitReached": "Raise the plan's limit with `kinetix local plan`.",
    "tooManyCameras": "Go on with the cameras that are here.",
    "diskFull": "Free some space on the computer, then try again.",
}


class PageError(Exception):
    """`extra` is put beside `error`, for programs."""

    def __init__(self, status: int, code: str, title: str, next_step: str = "", **extra: Any) -> None:
        super().__init__(title)
        self.status = status
        error: dict[str, Any] = {"code": code, "title": title, "nextStep": next_step or NEXT_STEPS.get(code, "")}
        wording = wording_of(error)
        self.body = {"error": {**error, "wording": wording} if wording else error, **extra}


def from_api(error: ApiError) -> PageError:
    return PageError(error.status, error.code or f"http{error.status}", f"{error.message}.".replace("..", "."))


class PageRoute(APIRoute):
    """A route whose PageError becomes its answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except PageError as error:
                return JSONResponse(error.body, error.status)

        return answer


def own_page_only(request: Request) -> None:
    """Only our own pages may call: their header cannot be sent by a form of another site, and a foreign Origin is refused.

    Raises:
        PageError: 403.
    """
    origin = request.headers.get("origin")
    foreign = origin is not None and origin.partition("://")[2] != request.headers.get("host", "")
    if foreign or request.headers.get("x-kinetix-page") != "1":
        raise PageError(
            403,
            "foreignPage",
            "This may only be called by the pages of Kinetix Local.",
            "Repeat the action on the page of Kinetix Local.",
        )
