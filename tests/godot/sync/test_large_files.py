"""Files of any size in a source or a hostile project: what is too large for an emote is not read into memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kinetix_godot.run.headless import failed_imports
from tests.godot.sync.place import Place

pytestmark = pytest.mark.quick

MIB = 1 << 20


def made_large(path: Path, size: int) -> None:
    """Extend a file by a hole, which takes no room on the disk."""
    with path.open("ab") as file:
        file.truncate(size)


@contextmanager
def in_little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * MIB, f"{peak // MIB} MiB"


def test_a_large_file_of_the_source_is_not_read(place: Place) -> None:
    place.export("Wave.glb", "good")
    made_large(place.source / "Huge.glb", 200 * MIB)
    with in_little_memory():
        engine = place.synced()
        problems = engine.status()
        engine.close()
    assert place.files() == {"Wave.glb": "good"}
    assert "too large for an emote" in str(problems)


def test_a_large_file_where_an_emote_will_be_is_not_read(place: Place) -> None:
    place.emotes.mkdir()
    place.edit("Wave.glb", "new")
    made_large(place.emotes / "Wave.glb", 300 * MIB)
    place.export("Wave.glb", "new")
    with in_little_memory():
        place.sync()
    assert (place.emotes / "Wave.glb").stat().st_size == 300 * MIB


def test_a_large_import_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "emotes").mkdir()
    for name, text in {"Wave": b"[remap]\r\nvalid=false\r\n", "Bow": b"[remap]\nvalid=true\n"}.items():
        path = tmp_path / f"emotes/{name}.glb.import"
        path.write_bytes(text)
        made_large(path, 300 * MIB)
    with in_little_memory():
        assert failed_imports(tmp_path, "emotes") == ["emotes/Wave.glb"]
