"""The short look at a GLB: it lets nothing in that the whole reader refuses, also after it has learnt what a figure's emotes share."""

from __future__ import annotations

import json
import random
import struct
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from kinetix_core.formats import glb
from kinetix_core.values.errors import FormatError
from kinetix_godot.target import verify as verify_module
from kinetix_godot.target.documents import Common, Documents
from kinetix_godot.target.importing import json_chunk
from kinetix_godot.target.verify import verify
from tests.godot import emotes

Json = dict[str, Any]


def packed(document: Json, binary: bytes, separators: tuple[str, str] = (",", ":")) -> bytes:
    text = json.dumps(document, separators=separators).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(binary), len(text), 0x4E4F534A)
    return head + text + struct.pack("<II", len(binary), 0x004E4942) + binary


def binary_of(data: bytes) -> bytes:
    return data[28 + struct.unpack_from("<I", data, 12)[0] :]


@pytest.fixture(autouse=True)
def documents(monkeypatch: pytest.MonkeyPatch) -> Documents:
    """Nothing is known at the start."""
    found = Documents()
    monkeypatch.setattr(verify_module, "_documents", found)
    return found


def learn() -> None:
    verify(glb.write_emote(emotes.wave(0.5)))


def text_of(data: bytes) -> str:
    return data[20 : 20 + struct.unpack_from("<I", data, 12)[0]].decode()


def common_of(documents: Documents, data: bytes) -> Common:
    found = documents.read(text_of(data))
    assert found is not None, "the figure is not known"
    return found[1]


@pytest.mark.quick
def test_emotes_of_one_figure_are_read_as_if_each_were_the_first(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn()
    monkeypatch.setattr(glb, "check", lambda data: pytest.fail("read in full"))
    for data in (
        glb.write_emote(emotes.wave(1.1, name='a "quoted\\" näme')),
        glb.write_emote(emotes.walk(20.0)),
        glb.write_emote(emotes.wave(0.3, name="")),
    ):
        common = common_of(documents, data)
        document, again = verify(data), verify(data)
        assert document == again == json.loads(text_of(data))
        assert document and document["nodes"] is common.figure["nodes"]
        assert again and document["animations"][0]["channels"] is again["animations"][0]["channels"]


@pytest.mark.quick
def test_an_emote_that_is_exported_again_has_its_values_where_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    learn()
    looked: list[int] = []
    spans = verify_module._spans

    def counted(*parts: Any) -> Any:
        looked.append(1)
        return spans(*parts)

    monkeypatch.setattr(verify_module, "_spans", counted)
    for swing in (0.1, 0.2, 0.3):
        for seconds in (0.6, 0.8, 1.0):
            assert verify(glb.write_emote(emotes.wave(seconds, swing)))
    assert len(looked) == 3
    data = glb.write_emote(emotes.wave(0.8, 0.4))
    document = json_chunk(data)
    document["buffers"][0]["byteLength"] -= 4
    for shorter in (packed(document, binary_of(data)), packed(document, binary_of(data)[:-4])):
        with pytest.raises(FormatError):
            verify(shorter)


@pytest.mark.quick
def test_more_lengths_than_are_kept_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    learn()
    monkeypatch.setattr(glb, "check", lambda data: pytest.fail("read in full"))
    for _ in range(2):
        for frames in range(2, 24):
            data = glb.write_emote(emotes.wave(frames / 30))
            assert verify(data) == json_chunk(data)


@pytest.mark.quick
def test_a_clip_that_moves_other_bones_is_still_one_of_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    learn()
    monkeypatch.setattr(glb, "check", lambda data: pytest.fail("read in full"))
    data = glb.write_emote(emotes.wave())
    document = json_chunk(data)
    document["animations"][0]["channels"] = document["animations"][0]["channels"][3:9]
    assert verify(packed(document, binary_of(data))) == document


@pytest.mark.quick
def test_other_figures_and_other_ways_of_writing_are_read_in_full(documents: Documents) -> None:
    learn()
    data = glb.write_emote(emotes.wave())
    document = json_chunk(data)
    spaced = packed(document, binary_of(data), (", ", ": "))
    for _ in range(2):
        assert verify(spaced) == document
    other = json_chunk(data)
    other["nodes"][3]["name"] = "Tail"
    for _ in range(2):  # new, then known
        assert verify(packed(other, binary_of(data))) == other
    assert verify(data) == document, "the first figure is still known"
    common_of(documents, data)


@pytest.mark.quick
def test_a_known_figure_may_not_ask_for_more_than_another() -> None:
    learn()
    data = glb.write_emote(emotes.wave(0.6))
    text = text_of(data).replace('"samplers":[', '"samplers":[' + "[]," * 7_000_000, 1)
    bomb = packed({}, binary_of(data)).replace(b"{}  ", text.encode() + b" " * (-len(text) % 4), 1)
    bomb = bomb[:8] + struct.pack("<II", len(bomb), len(text) + -len(text) % 4) + bomb[16:]
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="values"):
            verify(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 256 << 20


def test_a_figure_with_another_mesh_is_another_figure() -> None:
    learn()
    data = glb.write_emote(emotes.wave())
    binary = bytearray(binary_of(data))
    binary[8:12] = b"\x00\x00\xc0\x7f"  # a vertex that is nowhere
    with pytest.raises(FormatError, match="positions"):
        verify(packed(json_chunk(data), bytes(binary)))


@pytest.mark.quick
def test_a_shared_part_that_lies_elsewhere_does_not_count() -> None:
    """A file may hold the very bytes of the shared part where they mean nothing, and another thing where they belong."""
    learn()
    data = glb.write_emote(emotes.wave())
    document = json_chunk(data)
    bad = [*document["nodes"]]
    bad[1] = {**bad[1], "children": [0]}  # a circle
    hidden = {**document, "nodes": bad}
    hidden["asset"] = {**document["asset"], "extras": {"nodes": document["nodes"]}}
    with pytest.raises(FormatError):
        verify(packed(hidden, binary_of(data)))
    text = json.dumps(document, separators=(",", ":"))
    size = len(text_of(data).encode())
    nodes = f'"nodes":{json.dumps(document["nodes"], separators=(",", ":"))}'
    assert nodes in text
    for twice in (f'{nodes},"nodes":{json.dumps(bad)}', f'"nodes":{json.dumps(bad)},"a\\{nodes}', f"{nodes}{nodes}"):
        whole = text.replace(nodes, twice).encode()
        whole += b" " * (-len(whole) % 4)
        head = struct.pack("<4sIIII", b"glTF", 2, len(data) - size + len(whole), len(whole), 0x4E4F534A)
        with pytest.raises(FormatError):
            verify(head + whole + data[20 + size :])


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield (*path, key)
        yield from places_of(below, (*path, key))


_OTHERS: tuple[object, ...] = (
    -1,
    0,
    1,
    52,
    53,
    10**9,
    2**63,
    1.5,
    True,
    None,
    "",
    "x",
    [],
    {},
    [0],
    [0, 0],
    float("nan"),
    "MAT4",
    "SCALAR",
    5123,
)


# No number, a signalling one, infinite, huge, and what is none of these.
_WORDS = tuple(struct.pack("<I", word) for word in (0x7FC00000, 0x7F800001, 0xFF800000, 0x7E000000, 0xFFFFFFFF, 0, 7))


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The emote with one or two things changed in its document or its binary part."""
    document, binary = json.loads(json.dumps(json_chunk(data))), bytearray(binary_of(data))
    for _ in range(chance.choice((1, 1, 2))):
        if chance.random() < 0.2:
            place = chance.randrange(0, len(binary) - 4, 4)
            binary[place : place + 4] = chance.choice(_WORDS)
            continue
        *above, last = chance.choice(list(places_of(document)))
        holder: Any = document
        for key in above:
            holder = holder[key]
        what = chance.random()
        if what < 0.25:
            del holder[last]
        elif what < 0.4 and isinstance(holder, list):
            holder.append(holder[last])
        elif what < 0.6 and type(holder[last]) is int:
            holder[last] += chance.choice((-1, 1, 4, 100))
        else:
            holder[last] = chance.choice(_OTHERS)
    return packed(document, bytes(binary))


def _accepts(look: Any, data: bytes) -> bool:
    try:
        return look(data) is not False
    except FormatError:
        return False


def _quick(data: bytes) -> bool:
    try:
        return verify_module._of_known_figure(data) is not None
    except verify_module._UNUSUAL:
        return False


def compare(count: int, seed: int) -> None:
    learn()
    chance = random.Random(seed)
    accepted = 0
    for number in range(count):
        data = damaged(emotes.wave_glb(number % 3), chance)
        if _quick(data):
            accepted += 1
            assert _accepts(glb.check, data), (
                f"seed {seed}, number {number}: let in, though the whole reader refuses it"
            )
    assert accepted > count // 20, "everything was damaged too much to tell anything"


def test_nothing_is_let_in_that_the_whole_reader_refuses() -> None:
    compare(600, 1)


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_nothing_is_let_in_that_the_whole_reader_refuses_for_long() -> None:
    compare(20_000, 2)
