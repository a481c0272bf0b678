"""Generate the site's hub reference, and write the types of Blender's process, from the hub's routes and models.

Run it after a change of `kinetix_core.protocol.hub` or of a route; a test says when that was forgotten.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
import tempfile
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path

from fastapi.routing import APIRoute
from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from kinetix_core.protocol.hub import answers, base_models, bodies, models, sync_models
from kinetix_core.protocol.hub.models import EventPage, Snapshot
from kinetix_core.serving.peer_identity import HUB_PATH, PeerIdentity
from kinetix_core.sync_service import HubContext
from kinetix_core.sync_service import Route as SyncRoute
from kinetix_godot.run.hub_routes import GodotService
from kinetix_hub.hub import Hub
from kinetix_hub.server.app import build_app

ROOT = Path(__file__).resolve().parents[2]
TYPES = ROOT / "shared" / "kinetix_core" / "protocol" / "hub" / "json_types.py"
# What Blender's process reads; whatever these consist of comes along.
FOR_BLENDER: tuple[type[BaseModel], ...] = (
    Snapshot,
    EventPage,
    sync_models.SyncTargetChange,
    answers.DoctorReport,
    answers.TakePart,
)


@dataclass(frozen=True)
class Route:
    """A route of the hub. `body` and `answer` are None where there is none, or none in JSON."""

    method: str
    path: str
    query: tuple[str, ...]
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    status: int
    text: str


def routes() -> list[Route]:
    """Every route, as a hub in an empty home mounts them."""
    with tempfile.TemporaryDirectory() as home:
        hub = Hub(Path(home), "reference")
        try:
            app = build_app(hub, lambda: None, PeerIdentity(HUB_PATH, "reference", "reference"))
            mounted = [each for each in app.routes if isinstance(each, APIRoute) and each.include_in_schema]
            paths = list(dict.fromkeys(each.path for each in mounted))
            listed = [_route(each) for each in sorted(mounted, key=lambda each: paths.index(each.path))]
            sync = GodotService(HubContext(Path(home), hub.library.root, hub.all_emotes, hub.events.emit))
            return [*_BESIDE_HTTP, *listed, *map(_service_route, sync.routes())]
        finally:
            hub.stop()


# What the OpenAPI of the application does not have.
_BESIDE_HTTP = (
    Route(
        "GET",
        HUB_PATH,
        ("nonce",),
        None,
        answers.Proof,
        200,
        "Proves, without a token, that it is the hub of hub.json.",
    ),
    Route("WebSocket", "/v1/events/ws", ("start", "since", "nonce"), None, EventPage, 101, "Pages as they happen."),
)


def _route(found: APIRoute) -> Route:
    method = "".join(found.methods or ())
    query = tuple(parameter.alias for parameter in found.dependant.query_params)
    body: typing.Any = found.body_field and found.body_field.field_info.annotation
    return Route(method, found.path, query, body, found.response_model, found.status_code or 200, found.description)


def _service_route(found: SyncRoute) -> Route:
    body = None if found.body is bodies.NoBody else found.body
    return Route(found.method, found.path, (), body, found.answer, 200, found.text)


# ---- what a model consists of


def fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Name on the wire and field."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _met(*roots: object) -> list[type]:
    """Return these types and all that they consist of, each after what it consists of."""
    found: list[type] = []
    begun: set[object] = set()  # one may have parts of its own kind

    def visit(kind: object) -> None:
        for part in _parts(kind):
            visit(part)
        if isinstance(kind, type) and kind not in begun:
            begun.add(kind)
            for _, field in fields(kind) if issubclass(kind, BaseModel) else ():
                visit(field.annotation)
            found.append(kind)

    for root in roots:
        visit(root)
    return found


def reachable(*roots: type[BaseModel]) -> list[type[BaseModel]]:
    """Return these models and all those that they consist of, each after what it consists of."""
    return [kind for kind in _met(*roots) if issubclass(kind, BaseModel)]


def _parts(kind: object) -> tuple[object, ...]:
    return () if typing.get_origin(kind) is typing.Literal else typing.get_args(kind)


def _union(kind: object) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


# ---- the document


def _shown(kind: object) -> str:
    """A type in words."""
    parts = _parts(kind)
    origin = typing.get_origin(kind)
    if kind is type(None):
        return "null"
    if _union(kind):
        return " or ".join(_shown(part) for part in parts)
    if origin is typing.Annotated:
        return _shown(parts[0])
    if origin is typing.Literal:
        return " or ".join(f"`{_value(word)}`" for word in typing.get_args(kind))
    if origin is list or (origin is tuple and parts[1:] == (...,)):
        return f"list of {_shown(parts[0])}"
    if origin is tuple:
        return f"list of {len(parts)} × {_shown(parts[0])}"
    if origin is dict:
        return f"object, {_shown(parts[0])} → {_shown(parts[1])}"
    if isinstance(kind, type):
        if issubclass(kind, tuple):
            return f"list of {len(kind.__annotations__)} × number"
        if issubclass(kind, BaseModel | Enum):
            return f"[{kind.__name__}](#{kind.__name__.lower()})"
        return {bool: "boolean", int: "integer", float: "number", object: "any"}.get(
            kind, "text" if issubclass(kind, str) else kind.__name__
        )
    return "any"


def _value(word: object) -> str:
    return "true" if word is True else str(word)


def _model(model: type[BaseModel]) -> list[str]:
    lines = [f"### {model.__name__}", ""]
    # Bases outside the protocol have no section of their own.
    bases = [base for base in model.__mro__ if base is model or base.__module__.startswith("kinetix_core.values")]
    for text in filter(None, (base.__doc__ for base in bases)):
        lines += [" ".join(inspect.cleandoc(text).split()).replace(" - `", "\n- `"), ""]
    if issubclass(model, RootModel):
        return [*lines, f"{_shown(model.model_fields['root'].annotation)}.", ""]
    rows = [f"| `{name}` | {_shown(field.annotation)} | {_default(field)} |" for name, field in fields(model)]
    return [*lines, "| field | type | when left out |", "| --- | --- | --- |", *rows, ""] if rows else lines


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "null"
    return f"`{_value(value).lower() if isinstance(value, bool) else _value(value)}`" if value != () else "none"


def _line(route: Route) -> str:
    query = f"?{'&'.join(f'{name}=' for name in route.query)}" if route.query else ""
    body = _shown(route.body) if route.body else ""
    answer = _shown(route.answer) if route.answer else "the file"
    status = f"{route.status} " if route.status not in (200, 101) else ""
    return f"| `{route.method} {route.path}{query}` | {body} | {status}{answer} | {' '.join(route.text.split())} |"


def document() -> str:
    """Return the page of the hub reference in Markdown."""
    found = routes()
    taken = reachable(*(route.body for route in found if route.body))
    sent = reachable(*(route.answer for route in found if route.answer), answers.ErrorAnswer)
    asked = [model for model in taken if issubclass(model, bodies.Body)]
    shown = [*(model for model in taken if model not in asked and model not in sent), *sent]
    lines = [
        "# Hub reference",
        "",
        "Made from the hub's routes and models (`kinetix_core.protocol.hub`). How they are used is in the",
        "[hub protocol](hub-protocol.md). A client leaves out fields and events that it does not know.",
        "",
        "## Routes",
        "",
        "| route | body | answer | |",
        "| --- | --- | --- | --- |",
        *map(_line, found),
        "",
        "Every 4xx and 5xx has an [ErrorAnswer](#erroranswer).",
        "",
        "## Models that the hub sends",
        "",
        *(line for model in sorted(shown, key=lambda model: model.__name__) for line in _model(model)),
        "## Models that the hub receives",
        "",
        *(line for model in sorted(asked, key=lambda model: model.__name__) for line in _model(model)),
        "## Words",
        "",
    ]
    words = {kind for kind in _met(*shown, *asked) if issubclass(kind, StrEnum)}
    for word in sorted(words, key=lambda word: word.__name__):
        values = " · ".join(f"`{member.value}`" if member.value else "“”" for member in word)
        text = " ".join((word.__doc__ or "").split()) if word.__doc__ else ""
        lines += [f"### {word.__name__}", "", *([text, ""] if text else []), values, ""]
    return "\n".join(lines).rstrip() + "\n"


# ---- the types of Blender's process


def _python(kind: object) -> str:
    """A type as Blender's process has it: what `json.loads` gives."""
    parts = _parts(kind)
    origin = typing.get_origin(kind)
    if kind is type(None):
        return "None"
    if _union(kind):
        return " | ".join(_python(part) for part in parts)
    if origin is typing.Annotated:
        return _python(parts[0])
    if origin is typing.Literal:
        return f"Literal[{', '.join(_quoted(word) for word in typing.get_args(kind))}]"
    if origin in (list, tuple):
        return f"list[{_python(parts[0])}]"
    if origin is dict:
        return f"dict[{_python(parts[0])}, {_python(parts[1])}]"
    if isinstance(kind, type):
        if issubclass(kind, Enum):
            return f"Literal[{', '.join(_quoted(member.value) for member in kind)}]"
        if issubclass(kind, str):
            return "str"
        if issubclass(kind, tuple):
            return "list[float]"
        return kind.__name__
    raise TypeError(kind)


def _quoted(word: object) -> str:
    return "True" if word is True else f'"{_value(word)}"'


def json_types() -> str:
    """kinetix_core/protocol/hub/json_types.py."""
    made = [model for model in reachable(*FOR_BLENDER) if model is not base_models.Wording]
    lines = [
        '"""The hub\'s JSON as dictionaries, for Blender\'s process, which has no pydantic.',
        "",
        "Made from `models` by packaging/generated/hub_reference.py.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Literal, TypedDict",
        "",
    ]
    for number, model in enumerate(made):
        if model is EventPage:
            lines += ["", f"Event = {_python(models.Event)}", ""]
        base = next((base for base in model.__bases__ if base in made[:number]), None)
        lines += ["", f"class {model.__name__}({base.__name__ if base else 'TypedDict'}):"]
        lines += [
            f"    {name}: {'list[Event]' if (model, name) == (EventPage, 'events') else _python(field.annotation)}"
            for name, field in fields(model)
            # Sentences are put together again where the JSON is read (`kinetix_core.values.wording.restored`).
            if name != "wording" and (base is None or name not in dict(fields(base)))
        ]
        lines.append("")
    return "\n".join(lines)


def formatted(text: str) -> str:
    """Return the source formatted by ruff."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TYPES), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout


if __name__ == "__main__":
    TYPES.write_text(formatted(json_types()), encoding="utf-8")
