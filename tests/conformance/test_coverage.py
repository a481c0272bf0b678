"""The rows cover the contract and carry exactly one mark."""

from __future__ import annotations

import json

import pytest

from .error_codes import CODES
from .rows import MODULES, ROWS
from .suite import BOTH, SNAPSHOTS, SOURCES, Placeholders

pytestmark = pytest.mark.quick

# errorCode of docs/api-contract.md#5 → why no row can bring it about here.
OUT_OF_REACH = {
    "wrongApiKey": "the published server sends `forbidden` for it",
    "timeOut": "an online video's host must be silent: tests/local",
    "videoNotFound": "an online video's host must answer 404: tests/local",
    "videoMature": "Kinetix Local cannot know",
    "videoTooLong": "an online video must be long: tests/local",
    "unsupportedURL": "asked for quietly, as the wording is free",
    "rateLimiting": "the targets have no limit: tests/local",
}


def test_every_route_of_the_service_has_rows() -> None:
    from kinetix_local.api.routes import load

    served = {f"{route.method} {route.path}" for route in load()}
    assert served <= {row.route for row in ROWS}


def test_every_route_has_a_success_and_a_refusal() -> None:
    for route in {row.route for row in ROWS} - {"any", "GET /"}:
        statuses = {row.outcome[:1] for row in ROWS if row.route == route}
        fine = any(
            row.outcome[:1] == "2" or row.outcome.startswith(("page", "fivem", "unity"))
            for row in ROWS
            if row.route == route
        )
        assert "4" in statuses, route
        assert fine or route == "POST /v1/process/video/download" or route == "POST /v1/process/video/info", route


def test_every_error_code_of_the_contract_is_met() -> None:
    met = set()
    for mode in BOTH:
        met |= {
            code
            for code in CODES
            if f'"errorCode": "{code}"' in (SNAPSHOTS / f"{mode}.json").read_text(encoding="utf-8")
        }
    assert set(CODES) - met == set(OUT_OF_REACH)


def test_every_snapshot_has_its_row() -> None:
    ids = {row.id for row in ROWS}
    for mode in BOTH:
        kept = set(json.loads((SNAPSHOTS / f"{mode}.json").read_text(encoding="utf-8")))
        assert kept == {row.id for row in ROWS if mode in row.modes} & ids


def test_rows_are_named_and_marked() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS) > 450
    assert all(row.section and row.mark in {"documented", "recorded", "ours"} for row in ROWS)
    assert all((row.source in SOURCES) if row.mark == "recorded" else not row.source for row in ROWS)
    assert all(module.__doc__ for module in MODULES)


def test_section_12_is_covered_line_by_line() -> None:
    for client, lines in (("page", 11), ("fivem", 12), ("unity", 9)):
        found = {row.outcome.split(":")[0] for row in ROWS if row.outcome.startswith(f"{client} ")}
        assert found == {f"{client} {line}" for line in range(1, lines + 1)}


def test_placeholders_keep_identity() -> None:
    one, two = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    value = [{"id": 7, "uuid": one, "url": f"http://h/{one}.png"}, {"id": 9, "uuid": two}, {"id": 7, "uuid": one}]
    assert Placeholders("http://h").of(value) == [
        {"id": "<.id 1>", "uuid": "<uuid 1>", "url": "<base>/<uuid 1>.png"},
        {"id": "<.id 2>", "uuid": "<uuid 2>"},
        {"id": "<.id 1>", "uuid": "<uuid 1>"},
    ]
