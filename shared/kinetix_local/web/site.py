"""Puts the pages' own routes into the application under `/_local/`."""

from __future__ import annotations

from fastapi import FastAPI

from kinetix_local.api.service import Service
from kinetix_local.web import library_api, page_api
from kinetix_local.web.errors import PageError, respond

__all__ = ["mount"]


def mount(app: FastAPI, service: Service) -> None:
    app.add_exception_handler(PageError, respond)
    app.include_router(page_api.create(service))
    app.include_router(library_api.create(service))
