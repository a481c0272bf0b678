"""Microsoft's run-time libraries: they go into a program that python.org's Python builds, and into no other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support import tools

sys.path.insert(0, str(tools.ROOT / "packaging"))

import runtime_libraries

MICROSOFTS = [
    "ucrtbase.dll",
    "VCRUNTIME140.dll",
    "vcruntime140_1.dll",
    "msvcp140.dll",
    "lib/api-ms-win-crt-heap-l1-1-0.dll",
]
OTHER_FILES = ["python313.dll", "numpy.libs/msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll", "av.libs/avcodec-62.dll"]


@pytest.mark.quick
def test_they_come_with_the_python_that_may_hand_them_on_and_with_no_other(tmp_path: Path) -> None:
    assert not any(runtime_libraries.left_out(name, tmp_path) for name in [*MICROSOFTS, *OTHER_FILES])
    (tmp_path / "ucrtbase.dll").touch()
    assert all(runtime_libraries.left_out(name, tmp_path) for name in MICROSOFTS)
    assert not any(runtime_libraries.left_out(name, tmp_path) for name in OTHER_FILES)


@pytest.mark.quick
def test_the_description_of_the_program_asks() -> None:
    assert "left_out(entry[0]" in (tools.ROOT / "packaging" / "hub.spec").read_text(encoding="utf-8")
