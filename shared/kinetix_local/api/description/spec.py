"""The API's description (OpenAPI 3.0), made from the same table that is served, so neither can forget the other."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, get_args

from pydantic.fields import FieldInfo

from kinetix_core.values.capture_settings import OWN_FIELDS
from kinetix_core.values.views import MOST_VIEWS
from kinetix_local.api.description.spec_schemas import INTRODUCTION, SCHEMAS, ref
from kinetix_local.api.schema import Field
from kinetix_local.api.wire import Route

Json = dict[str, Any]

_TEXTS = {
    200: "Success",
    201: "Created",
    208: "Success, from the cache",
    400: "badRequest: the request does not fit",
    401: "missingApiKey",
    403: "The key may not do this: unknownApiKey, expiredApiKey, deletedApiKey, deletedVW, forbidden, planLimitReached",
    404: "notFound",
    413: "The body is too large",
    415: "The body's charset or encoding is not understood",
    429: "rateLimiting",
    500: "A fault of the server",
}
_PAGING = {
    f"x-pagination-{name}": {"schema": {"type": kind}, "description": text}
    for name, kind, text in (
        ("length", "integer", "Rows in all"),
        ("first-page", "string", "Address of the first page"),
        ("last-page", "string", "Address of the last page"),
        ("next-page", "string", "Address of the next page, if there is one"),
        ("previous-page", "string", "Address of the page before, if there is one"),
    )
}


_FILE = {"type": "string", "format": "binary"}


def build(routes: Iterable[Route], server: str, version: str) -> Json:
    paths: Json = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Kinetix SDK API (Kinetix Local)", "version": version, "description": INTRODUCTION},
        "servers": [{"url": server}],
        "tags": [
            {"name": "virtual-world", "description": "Users, configuration, own emotes, aliases"},
            {"name": "emotes", "description": "Single emotes and the gallery"},
            {"name": "users", "description": "Bags and processes of a user"},
            {"name": "process", "description": "From clip to emote"},
            {"name": "plans", "description": "Plans"},
            {"name": "service", "description": "The service itself"},
        ],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "read": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "A key that may read"},
                "write": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "A key that may write"},
                "token": {"type": "apiKey", "in": "header", "name": "x-api-token", "description": "A generation token"},
            },
        },
    }


def _operation(route: Route) -> Json:
    text = (route.handle.__doc__ or "").strip()
    operation: Json = {
        "tags": [route.tag],
        "operationId": f"{route.method.lower()}{''.join(part.strip('{}').title() for part in route.path.split('/'))}",
        "summary": text.split(". ")[0].rstrip("."),
        "description": " ".join(text.split()),
        "parameters": [
            *(_parameter(name, field, "path") for name, field in route.params.items()),
            *(_parameter(name, field, "query") for name, field in (route.query or {}).items()),
        ],
        "responses": _responses(route),
    }
    if route.auth != "none":
        operation["security"] = [{route.auth: []}]
    if route.deprecated:
        operation["deprecated"] = True
    body = _body(route)
    if body is not None:
        operation["requestBody"] = body
    return operation


def _parameter(name: str, field: Field, place: str) -> Json:
    result: Json = {"name": name, "in": place, "required": field.required, "schema": _schema(field)}
    if field.about:
        result["description"] = field.about
    return result


def _schema(field: Field) -> Json:
    kinds: dict[str, Json] = {
        "string": {"type": "string", "minLength": field.low or 1},
        "text": {"type": "string"},
        "integer": {"type": "integer"},
        "boolean": {"type": "boolean"},
        "date": {"type": "string", "format": "date-time"},
        "uuid": {"type": "string", "format": "uuid"},
        "uri": {"type": "string", "format": "uri"},
        "uuids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        "retry": {"oneOf": [{"type": "boolean"}, {"type": "object", "properties": {"maxRetry": {"type": "integer"}}}]},
        "any": {},
    }
    schema = dict(kinds[field.kind])
    if field.kind == "integer":
        schema |= {key: value for key, value in (("minimum", field.low), ("maximum", field.high)) if value is not None}
    elif field.high is not None:
        schema["maxLength"] = field.high
    if field.null:
        schema["nullable"] = True
    if field.default is not None:
        schema["default"] = field.default
    return schema


def _body(route: Route) -> Json | None:
    if route.path == "/v1/process" and route.method == "POST":
        texts = {name: {"type": "string"} for name in ("name", "start", "end", "x", "y", "outputWidth", "outputHeight")}
        form: Json = {"video": _FILE, "mature": {"type": "boolean"}, **texts}
        ours = "Ours, unknown to the cloud: "
        form |= {name: _own_field(field, ours + option.help) for name, (field, option) in OWN_FIELDS.items()}
        form |= {
            "views": {
                "type": "array",
                "maxItems": MOST_VIEWS - 1,
                "items": _FILE,
                "description": ours + "further clips of the same take, filmed at once from other sides",
            },
        }
        return {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {"type": "object", "required": ["video", "name"], "properties": form}
                },
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["videoUuid"],
                        "properties": {"videoUuid": {"type": "string", "format": "uuid"}, "name": {"type": "string"}},
                    }
                },
            },
        }
    if route.any_body:
        return {"required": False, "content": {"application/json": {"schema": {"type": "object"}}}}
    if route.body is None:
        return None
    required = [name for name, field in route.body.items() if field.required]
    schema: Json = {
        "type": "object",
        "properties": {name: _schema(field) for name, field in route.body.items()},
        "additionalProperties": False,
    }
    if required:
        schema["required"] = required
    return {"required": bool(route.needs_body), "content": {"application/json": {"schema": schema}}}


def _own_field(field: FieldInfo, description: str) -> Json:
    kinds = (field.annotation, *get_args(field.annotation))
    words = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum)), None)
    schema: Json = {"type": "string"} if words is None else {"enum": [word.value for word in words]}
    return schema | {"description": description}


def _responses(route: Route) -> Json:
    common = {400, 404, 413, 415, 500}
    if route.auth in {"read", "write"}:
        common |= {401, 403, 429}
    elif route.auth == "token":
        common |= {401, 403}
    result: Json = {}
    for status in sorted({*common, *route.errors, *route.answers}):
        schema = route.answers.get(status)
        if schema == "image/png":
            result[str(status)] = {"description": _TEXTS[status], "content": {schema: {"schema": _FILE}}}
            continue
        content = ref(schema) if schema else ref("Error")
        if status == 403 and 403 in route.answers:
            content = {"anyOf": [ref("Error"), ref("FailedEmotes")]}
        entry: Json = {
            "description": route.errors.get(status) or _TEXTS.get(status, "Error"),
            "content": {"application/json": {"schema": content}},
        }
        if status == 404:  # a path that the API does not have answers with a page
            entry["content"]["text/html"] = {"schema": {"type": "string"}}
        if schema == "Bag":
            entry["headers"] = _PAGING
        result[str(status)] = entry
    return result
