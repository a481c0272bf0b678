"""Contents of a release: the list, the builds, parts of several systems, and the workflow."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import bill_of_materials
import build_godot_addon
import release_contents as contents
from tests.support import tools


def a_part(folder: Path, names: list[str]) -> Path:
    """A part of a release as release.py writes it, with something else in each artefact."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(name, encoding="utf-8")
        bill = bill_of_materials.document(folder / name, "1", [])
        (folder / f"{name}.cdx.json").write_text(bill, encoding="utf-8")
    contents.write_sums(folder)
    return folder


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    hubs = [a_part(tmp_path / system, [contents.with_hub(system)]) for system in contents.HUB_ON]
    return [a_part(tmp_path / "everywhere", contents.everywhere()), *hubs]


@pytest.mark.quick
def test_parts_of_several_systems_become_one_release(parts: list[Path], tmp_path: Path) -> None:
    contents.join(parts, tmp_path / "whole")
    contents.check(tmp_path / "whole", contents.artefacts())
    sums = (tmp_path / "whole" / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert len(sums) == 2 * len(contents.artefacts())


@pytest.mark.quick
def test_a_release_without_a_system_is_none(parts: list[Path], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=re.escape(contents.with_hub(contents.HUB_ON[-1]))):
        contents.join(parts[:-1], tmp_path / "whole")


def _changed(part: Path) -> None:
    (part / contents.everywhere()[0]).write_text("other", encoding="utf-8")


def _strange(part: Path) -> None:
    (part / "more.zip").write_text("more", encoding="utf-8")


def _undescribed(part: Path) -> None:
    (part / f"{contents.everywhere()[0]}.cdx.json").unlink()
    contents.write_sums(part)


def _falsely_described(part: Path) -> None:
    first, second = (part / f"{name}.cdx.json" for name in contents.everywhere()[:2])
    shutil.copy(first, second)
    contents.write_sums(part)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_changed, "is not what its sum says"),
        (_strange, "more.zip"),
        (_undescribed, r"\.cdx\.json"),
        (_falsely_described, "is that of another file"),
    ],
)
def test_a_part_that_is_not_as_it_was_built_is_refused(
    damage: Callable[[Path], None], told: str, parts: list[Path], tmp_path: Path
) -> None:
    damage(parts[0])
    with pytest.raises(SystemExit, match=told):
        contents.join(parts, tmp_path / "whole")


@pytest.mark.quick
def test_a_tag_that_is_not_the_version_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"not v0\.0\.0"):
        contents.main(["part", "--tag", "v0.0.0"])


@pytest.mark.quick
def test_godots_store_finds_in_the_add_on_what_it_asks_for() -> None:
    """A licence with year and holder, a README in its folder, an icon, and nothing that is another's to load."""
    shipped = {path.relative_to(build_godot_addon.ADDON).as_posix(): path for path in build_godot_addon.addon_files()}
    licence = shipped["LICENSE"].read_text(encoding="utf-8")
    assert re.search(r"Copyright \(c\) 20\d\d \S+", licence)
    assert licence == (tools.ROOT / "LICENSE").read_text(encoding="utf-8")
    assert shipped["README.md"].read_text(encoding="utf-8").startswith("# Kinetix Emotes")
    assert [name for name in shipped if name.startswith("icons/") and name.endswith(".svg")]
    assert (tools.ROOT / ".gitignore").is_file() and not (tools.ROOT / ".gitmodules").exists()
