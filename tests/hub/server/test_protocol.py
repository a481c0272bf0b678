"""The hub's document, its reference and its generated types say what the routes and models are."""

from __future__ import annotations

from functools import cache

import pytest
from pydantic import BaseModel

import godot_types
import hub_reference
from kinetix_core.protocol.hub import answers, base_models, bodies, models, sync_models

pytestmark = pytest.mark.quick


@cache
def routes() -> list[hub_reference.Route]:
    return hub_reference.routes()


def test_the_types_of_blenders_process_are_current() -> None:
    pytest.importorskip("ruff", reason="it formats what is made")
    made = hub_reference.formatted(hub_reference.json_types())
    assert hub_reference.TYPES.read_text(encoding="utf-8") == made, "run packaging/generated/hub_reference.py"


def test_the_types_of_the_godot_addon_are_current() -> None:
    assert godot_types.TYPES.read_text(encoding="utf-8") == godot_types.godot_types(), (
        "run packaging/generated/godot_types.py"
    )


def test_no_model_is_without_a_use() -> None:
    used = hub_reference.reachable(
        *(kind for route in routes() for kind in (route.body, route.answer) if kind is not None),
        answers.ErrorAnswer,
        answers.Health,
    )
    bases = {
        base_models.Model,
        base_models.AsNamed,
        base_models.Message,
        models.SnapshotHead,
        bodies.Body,
        bodies.NoBody,
    }
    kinds = {
        kind
        for module in (base_models, models, sync_models, answers, bodies)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and name.isidentifier() and not name.startswith("_")
        if kind.__module__ == module.__name__
    }
    assert kinds - set(used) - bases == set()
