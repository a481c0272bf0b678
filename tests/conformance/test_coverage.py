"""The rows cover the contract and carry exactly one mark."""

from __future__ import annotations

import pytest

from .rows import MODULES, ROWS
from .suite import SOURCES

pytestmark = pytest.mark.quick


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


def test_rows_are_named_and_marked() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS) > 450
    assert all(row.section and row.mark in {"documented", "recorded", "ours"} for row in ROWS)
    assert all((row.source in SOURCES) if row.mark == "recorded" else not row.source for row in ROWS)
    assert all(module.__doc__ for module in MODULES)


def test_section_12_is_covered_line_by_line() -> None:
    for client, lines in (("page", 11), ("fivem", 12), ("unity", 9)):
        found = {row.outcome.split(":")[0] for row in ROWS if row.outcome.startswith(f"{client} ")}
        assert found == {f"{client} {line}" for line in range(1, lines + 1)}
