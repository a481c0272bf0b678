"""Kinetix Bridge from a folder of wheels: installed without a network into an empty environment, it makes an emote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import build_extension
import wheels
from kinetix_capture.networks import weights
from tests.support import tools

ALONE = [sys.executable, str(tools.ROOT / "tests" / "support" / "without_network.py")]
CLIP = tools.ROOT / "samples" / "balance.mp4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every wheel that `kinetix-bridge[local]` needs on this system, as a release or a company's mirror has them."""
    made = tmp_path_factory.mktemp("release") / "wheels"
    build_extension.bundle("linux-x64", "3.13", made)
    return made


@pytest.fixture
def user(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty home, no `kinetix` on the PATH, no models."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name.startswith("KINETIX_TEST")}
    made = {**kept, "HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "UV_CACHE_DIR": str(home / "uv")}
    yield {**made, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def run(line: list[str], user: dict[str, str]) -> str:
    done = subprocess.run(
        [*ALONE, *line], env=user, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{line[:4]} said:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.xdist_group("wheels")  # `folder` is built for them
def test_wheels_without_a_network_make_an_emote(folder: Path, user: dict[str, str], tmp_path: Path) -> None:
    uv, place = str(Path(sys.executable).parent / "uv"), tmp_path / "environment"
    run([uv, "venv", "--quiet", "--no-python-downloads", "--python", "/usr/bin/python3.13", str(place)], user)
    python, kinetix = str(place / "bin" / "python"), str(place / "bin" / "kinetix")
    install = [uv, "pip", "install", "--quiet", "--no-index", "--find-links", str(folder), "--python", python]
    run([*install, "kinetix-bridge[local]"], user)
    assert "--port" in run([python, "-m", "kinetix_hub", "--help"], user), "also without the console script"
    # In one network: the hub that the first command starts is the one that the second stops.
    both = '"$0" emote create "$1" --name Balance --json; code=$?; "$0" hub stop >&2; exit $code'
    made = json.loads(run(["/bin/sh", "-c", both, kinetix, str(CLIP)], user))
    assert (made["job"]["state"], made["emote"]["name"]) == ("delivered", "Balance")
    assert not (Path(user["HOME"]) / ".cache" / "kinetix-bridge").exists(), "the models come from their wheel"


@pytest.mark.xdist_group("wheels")  # `folder` is built for them
def test_the_models_wheel_holds_the_published_models(folder: Path) -> None:
    (wheel,) = folder.glob("kinetix_bridge_models-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(folder.parent / "models")
    assert any(name.endswith("licenses/LICENSE") for name in names)
    for model in weights.MODELS:
        assert (folder.parent / "models" / "kinetix_bridge_models" / model.name).stat().st_size == model.size
    assert wheel.stat().st_size < 100_000_000, "what an index takes"
    shutil.rmtree(folder.parent / "models")


def test_installed_models_come_before_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kinetix_core.io import paths

    monkeypatch.delenv("KINETIX_WEIGHTS")
    assert paths.weights() == paths.cache() / "weights"
    package = tmp_path / "kinetix_bridge_models"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert paths.weights() == package


def test_the_sdist_builds_the_same_wheel(tmp_path: Path) -> None:
    direct = wheels.project_wheel(tmp_path / "direct")
    source = wheels.project_sdist(tmp_path / "source")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert wheels.build(unpacked, tmp_path / "again", "*.whl").read_bytes() == direct.read_bytes()
    rooms = {path.name for path in unpacked.iterdir()}
    assert {"shared", "godot_bridge"} <= rooms and not rooms & {"samples", "tests", "docs"}


@pytest.mark.quick
@pytest.mark.parametrize("platform", wheels.PLATFORMS)
def test_the_captures_networks_come_where_there_is_a_package_of_their_interpreter(platform: str) -> None:
    wanted = wheels.requirements_for(platform, "3.13", wheels.COMPLETE_LOCK)
    assert ("ai-edge-litert==" in wanted) == (platform in wheels.CAPTURES_ON)
