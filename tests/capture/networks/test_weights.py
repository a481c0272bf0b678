"""The models are cut out of one npm package by checksum, whole or not at all, and only when they are missing."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from kinetix_capture.networks import weights
from kinetix_core.values.errors import KinetixError

pytestmark = pytest.mark.quick

_PACK = bytes(range(256)) * 8
_GOOD = weights.Model("a.tflite", "package/pack.data", 100, 300, hashlib.sha256(_PACK[100:300]).hexdigest())


@pytest.fixture(autouse=True)
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []

    def npm_pack(folder: Path) -> Path:
        calls.append(1)
        target = folder / "holistic.tgz"
        with tarfile.open(target, "w:gz") as archive:
            member = tarfile.TarInfo("package/pack.data")
            member.size = len(_PACK)
            archive.addfile(member, io.BytesIO(_PACK))
        return target

    monkeypatch.setenv("KINETIX_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(weights, "_npm_pack", npm_pack)
    monkeypatch.setattr(weights, "MODELS", (_GOOD,))
    return calls


def test_fetches_once(_package: list[int]) -> None:
    with pytest.raises(KinetixError) as caught:
        weights.find(_GOOD)
    assert caught.value.code == "weightsMissing"
    (path,) = weights.fetch()
    assert path.read_bytes() == _PACK[100:300]
    assert weights.find(_GOOD) == path
    assert weights.fetch() == []
    assert len(_package) == 1


def test_a_damaged_file_is_fetched_again(_package: list[int]) -> None:
    (path,) = weights.fetch()
    path.write_bytes(b"x" * 200)
    assert weights.missing() == [_GOOD]
    weights.fetch()
    assert path.read_bytes() == _PACK[100:300]


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"member": "package/none"}])
def test_nothing_stays_of_a_wrong_package(
    change: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = weights.Model(
        name="a.tflite",
        member=change.get("member", _GOOD.member),
        start=100,
        end=300,
        sha256=change.get("sha256", _GOOD.sha256),
    )
    monkeypatch.setattr(weights, "MODELS", (wrong,))
    with pytest.raises(KinetixError) as caught:
        weights.fetch()
    assert caught.value.code == "weightsNotFetched"
    assert list((tmp_path / "weights").iterdir()) == []
