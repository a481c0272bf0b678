"""Cut and flipped video files: an answer or a refusal, never a crash, a hang or a flood of memory."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.capture import clips
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


def _damaged(folder: Path, source: bytes, suffix: str, count: int, seed: int) -> list[Path]:
    rng = np.random.default_rng(seed)
    out = []
    for number in range(count):
        data = bytearray(source)
        if number % 3 == 0:
            data = data[: rng.integers(1, len(data))]
        for _ in range(int(rng.integers(1, 40))):
            at = int(rng.integers(0, min(len(data), 3000) if number % 2 else len(data)))
            data[at] ^= 1 << int(rng.integers(0, 8))
        path = folder / f"{seed}-{number}{suffix}"
        path.write_bytes(data)
        out.append(path)
    return out


def _run(paths: list[Path], seconds: float) -> dict[str, float | str]:
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
    return found


def _sources(folder: Path) -> list[tuple[bytes, str]]:
    frames = clips.numbered(40, (96, 64))
    made = [
        clips.write(folder / "a.mp4", frames),
        clips.write(folder / "b.webm", frames, codec="libvpx-vp9"),
        clips.write(folder / "c.avi", frames, codec="mpeg4"),
        clips.write(folder / "d.mkv", frames, codec="libx265", pixels="yuv420p10le"),
    ]
    return [(path.read_bytes(), path.suffix) for path in made]


def _fuzz(folder: Path, each: int, seconds: float) -> None:
    paths: list[Path] = []
    for seed, (source, suffix) in enumerate(_sources(folder)):
        paths += _damaged(folder, source, suffix, each, seed)
    found = _run(paths, seconds)
    peak = found.pop("peakMb")
    assert isinstance(peak, float) and peak < 512
    assert len(found) == len(paths)
    assert any(isinstance(answer, str) for answer in found.values())
    assert any(not isinstance(answer, str) for answer in found.values())


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    _fuzz(tmp_path, 25, LIMIT_S)


@pytest.mark.nightly
def test_many_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    for round_number in range(10):
        folder = tmp_path / str(round_number)
        folder.mkdir()
        _fuzz(folder, 250, 1800)
