"""The pages' own routes, put under `/_local/` by the administration's application."""

from __future__ import annotations

from fastapi import APIRouter

from kinetix_local.api.instance import Service
from kinetix_local.web import library_api, library_archive, library_edits, page_api, refinements

__all__ = ["create"]


def create(service: Service) -> APIRouter:
    router = APIRouter()
    router.include_router(page_api.create(service))
    router.include_router(library_api.create(service))
    router.include_router(library_edits.create(service))
    router.include_router(refinements.create(service))
    router.include_router(library_archive.create(service))
    return router
