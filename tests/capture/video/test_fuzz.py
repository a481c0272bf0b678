"""Cut and flipped video files: an answer or a refusal, never a crash, a hang or a flood of memory."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.capture import clips
from tests.formats.fuzz import damaged
from tests.support import tools
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("capture_fuzz")

# Runs in a process of its own: a crash of the decoder must not take the tests along, and its memory is counted there.
_READ = """
import json, sys
from pathlib import Path
from kinetix_core.values.errors import KinetixError
from kinetix_capture.video import decode
from tests.support.measuring.memory import peak_mib
found = {}
for path in map(Path, sys.argv[1:]):
    try:
        clip = decode.probe(path)
        found[path.name] = sum(1 for _ in decode.frames(path, 0.0, 11.0))
    except KinetixError as error:
        found[path.name] = error.code
found["peakMb"] = peak_mib()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[bytes, str]]:
    folder, frames = tmp_path_factory.mktemp("sources"), clips.numbered(40, (96, 64))
    made = [
        clips.write(folder / "a.mp4", frames),
        clips.write(folder / "b.webm", frames, codec="libvpx-vp9"),
        clips.write(folder / "c.avi", frames, codec="mpeg4"),
        clips.write(folder / "d.mkv", frames, codec="libx265", pixels="yuv420p10le"),
    ]
    return [(path.read_bytes(), path.suffix) for path in made]


def _fuzz(folder: Path, sources: list[tuple[bytes, str]], first: int, count: int, seconds: float) -> None:
    paths = []
    for number in range(first, first + count):
        source, suffix = sources[number % len(sources)]
        paths.append(folder / f"{number}{suffix}")
        paths[-1].write_bytes(damaged(source, random.Random(number), text=False))
    done = subprocess.run(
        [tools.python(), "-c", _READ, *paths],
        capture_output=True,
        text=True,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(tools.ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, float | str] = json.loads(done.stdout)
    peak = found.pop("peakMb")
    assert isinstance(peak, float) and peak < 512
    assert len(found) == len(paths)
    assert {isinstance(answer, str) for answer in found.values()} == {True, False}, "some are refused, some are read"


def test_damaged_files_are_read_or_refused(tmp_path: Path, sources: list[tuple[bytes, str]]) -> None:
    _fuzz(tmp_path, sources, 0, 100, LIMIT_S)


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(10))
def test_many_damaged_files_are_read_or_refused(tmp_path: Path, sources: list[tuple[bytes, str]], part: int) -> None:
    _fuzz(tmp_path, sources, 1000 * (part + 1), 1000, 1800)
