"""JSON from anywhere: a value or a typed refusal, before it costs anything, in every reader that takes some."""

from __future__ import annotations

import json
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.formats import glb, user_data
from kinetix_core.io import untrusted_json
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.values.errors import FormatError
from kinetix_hub.library.verify import inspect_glb

pytestmark = pytest.mark.quick

LIMIT_MIB = 256
MIB = 1 << 20


def in_glb(text: bytes) -> bytes:
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text


def _hub(text: bytes, folder: Path) -> Any:
    path = folder / "emote.glb"
    path.write_bytes(in_glb(text))
    return inspect_glb(path)


READERS: dict[str, Callable[[bytes, Path], Any]] = {
    "parse": lambda text, _: untrusted_json.parse(text, "The text", max_bytes=24 * MIB),
    "bone map": lambda text, _: BoneMap.from_json(text),
    "userData": lambda text, _: user_data.read(text),
    "GLB": lambda text, _: glb.read_motion(in_glb(text)),
    "description of a GLB": lambda text, _: glb.read_description(in_glb(text)),
    "emote for the library": _hub,
}
BOMBS: dict[str, Callable[[], bytes]] = {
    "nested": lambda: b'{"a":' + b"[" * 400_000 + b"]" * 400_000 + b"}",
    "many lists": lambda: b'{"a":[' + b"[]," * 7_000_000 + b"[]]}",
    "many objects": lambda: b'{"a":[' + b"{}," * 7_000_000 + b"{}]}",
    "long": lambda: b'{"a":"' + b"x" * (65 * MIB) + b'"}',
    "number of many digits": lambda: b'{"a":' + b"9" * MIB + b"}",
    "no number": lambda: b'{"a":NaN}',
    "infinity": lambda: b'{"a":-Infinity}',
    "no UTF-8": lambda: b'{"a":"\xff"}',
    "UTF-16": lambda: '{"a":1}'.encode("utf-16"),
    "cut off": lambda: b'{"a":',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_every_reader_refuses_a_bomb(tmp_path: Path, bomb: str) -> None:
    text = BOMBS[bomb]()
    for name, read in READERS.items():
        tracemalloc.start()
        try:
            with pytest.raises(FormatError) as caught:
                read(text, tmp_path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert caught.value.next_step, name
        assert peak < LIMIT_MIB * MIB, f"{name}: {peak // MIB} MiB"


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True, "ü"]}, [], 3, "x"])
@pytest.mark.parametrize("form", [bytes, memoryview, lambda raw: raw.decode(), lambda raw: b"\xef\xbb\xbf" + raw])
def test_what_is_json_is_read(value: Any, form: Callable[[bytes], Any]) -> None:
    raw = json.dumps(value, ensure_ascii=False).encode()
    assert untrusted_json.parse(form(raw), "The text", max_bytes=MIB) == value
