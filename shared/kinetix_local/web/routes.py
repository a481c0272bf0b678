"""The pages' own routes, put under `/_local/` by the administration's application. The library's are for who signed in."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request

from kinetix_local.api.instance import Service
from kinetix_local.web import (
    library_api,
    library_archive,
    library_audit,
    library_cut,
    library_edits,
    next_takes,
    page_routes,
    refinements,
)


def create(service: Service) -> APIRouter:
    router = APIRouter()
    asked = next_takes.NextTakes()
    router.include_router(page_routes.create(service, asked))
    router.include_router(next_takes.create(asked))
    for library in (library_api, library_edits, library_cut, refinements, library_archive, library_audit):
        router.include_router(library.create(service), dependencies=[Depends(_signed_in)])
    return router


def _signed_in(request: Request) -> None:
    request.app.state.guard.admin(request)
