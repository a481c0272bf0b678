"""The models are cut out of one npm package by checksum, whole or not at all, and only when they are missing."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from kinetix_capture.networks import weights
from kinetix_core.values.errors import KinetixError

pytestmark = pytest.mark.quick

_PACK = bytes(range(256)) * 8
_GOOD = weights.Model("a.tflite", "package/pack.data", 100, 300, hashlib.sha256(_PACK[100:300]).hexdigest())


class _Npm:
    """Packs the package, and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, folder: Path) -> Path:
        self.calls += 1
        target = folder / "holistic.tgz"
        with tarfile.open(target, "w:gz") as archive:
            member = tarfile.TarInfo("package/pack.data")
            member.size = len(_PACK)
            archive.addfile(member, io.BytesIO(_PACK))
        return target


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Npm:
    monkeypatch.setenv("KINETIX_WEIGHTS", str(tmp_path / "weights"))
    return _Npm()


def test_fetches_once(npm: _Npm) -> None:
    with pytest.raises(KinetixError) as caught:
        weights.find(_GOOD)
    assert caught.value.code == "weightsMissing"
    (path,) = weights.fetch([_GOOD], npm)
    assert path.read_bytes() == _PACK[100:300]
    assert weights.find(_GOOD) == path
    assert weights.fetch([_GOOD], npm) == []
    assert npm.calls == 1


def test_a_damaged_file_is_fetched_again(npm: _Npm) -> None:
    (path,) = weights.fetch([_GOOD], npm)
    path.write_bytes(b"x" * 200)
    assert weights.missing([_GOOD]) == [_GOOD]
    weights.fetch([_GOOD], npm)
    assert path.read_bytes() == _PACK[100:300]


@pytest.mark.parametrize("wrong", [replace(_GOOD, sha256="0" * 64), replace(_GOOD, member="package/none")])
def test_nothing_stays_of_a_wrong_package(wrong: weights.Model, tmp_path: Path, npm: _Npm) -> None:
    with pytest.raises(KinetixError) as caught:
        weights.fetch([wrong], npm)
    assert caught.value.code == "weightsNotFetched"
    assert list((tmp_path / "weights").iterdir()) == []
