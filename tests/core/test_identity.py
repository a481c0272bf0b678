"""Identities and names from outside: what may stand in a path is a type of its own, and nothing else becomes one."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import EmoteId, Extension, SafeName, Sha256

pytestmark = pytest.mark.quick

HOSTILE: list[object] = [
    "", " ", ".", "..", "...", "../x", "..\\x", "/etc/passwd", "\\\\server\\share", "C:", "C:x", "c:\\x", "a/b", "a\\b",
    "x/..", "nul", "NUL", "con", "CON", "com1", "LPT9", "com¹", "CONIN$", "nul.txt", "aux .glb", "a\0", "\0", "a\nb", "\x7f",
    "x.", "x ", "x. .", " x", "x" * 300, "a:stream", "a*", "a?", "<a>", 'a"', "a|b", "\u202egnp.exe", "\ud800", "a\u200b",
    None, 7, True, 1.5, [], {}, b"x",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
@pytest.mark.parametrize("kind", [EmoteId, SafeName])
def test_what_could_leave_its_folder_is_refused(kind: type[str], value: object) -> None:
    with pytest.raises(InputError) as caught:
        kind(value)
    assert caught.value.code == "badIdentity" and caught.value.next_step and len(caught.value.detail) < 400


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Extension, ""),
        (Extension, "../glb"),
        (Extension, "g lb"),
        (Extension, "x" * 17),
        (Sha256, "ab"),
        (Sha256, "../" * 21 + "x"),
    ],
)
def test_a_part_of_a_file_name_is_exact(kind: type[str], value: str) -> None:
    with pytest.raises(InputError):
        kind(value)
    assert Extension("glb") == "glb" and Sha256("0" * 64) == "0" * 64


@pytest.mark.parametrize(
    "value",
    ["0b5c7c1e-4cf3-4d0c-9d32-3c4d9b6f5e11", "0B5C7C1E-4CF3-4D0C-9D32-3C4D9B6F5E11", "u", "p-1", "job_7", "com10"],
)
def test_an_id_is_kept_as_it_is(value: str) -> None:
    found = EmoteId(value)
    assert found == value and EmoteId(found) is found and isinstance(found, str)


@pytest.mark.parametrize("value", ["Balance", "動作 2", "Mátyás.glb", ".hidden", "a.b.c", "nulls", "console.glb"])
def test_a_name_is_kept_as_it_is(value: str) -> None:
    assert SafeName(value) == value


@given(st.text(max_size=300))
def test_a_name_is_one_part_of_a_path_on_every_system(text: str) -> None:
    try:
        name = SafeName(text)
    except InputError:
        return
    for system in (PurePosixPath, PureWindowsPath):
        path = system("library", name)
        assert path.name == name and path.parent == system("library") and not system(name).anchor


def test_a_model_takes_only_what_is_one() -> None:
    class Row(BaseModel):
        uuid: EmoteId

    found = Row.model_validate({"uuid": "e-1"})
    assert type(found.uuid) is EmoteId and found.model_dump(mode="json") == {"uuid": "e-1"}
    assert Row.model_json_schema()["properties"]["uuid"]["type"] == "string"
    for wrong in ("..", "a/b", 7, None):
        with pytest.raises(ValidationError):
            Row.model_validate({"uuid": wrong})
