"""Kinetix Local without the package for studios, as the bundle for editors has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support import tools
from tests.support.waiting import LIMIT_S

_WITHOUT = """
import sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, *rest):
        return None if name.partition(".")[0] == "kinetix_studio" else self.finder.find_spec(name, *rest)

sys.meta_path[:] = map(Without, sys.meta_path)
"""
_SERVICE = """
from pathlib import Path
from kinetix_core.values.errors import KinetixError
from kinetix_local import extensions
from kinetix_local.api.instance import Service, Store, default_world
from kinetix_local.api.private.local import create
from kinetix_local.commands.local import local
from kinetix_local.store.clock import Clock

home = Path(sys.argv[1])
store = Store(home)
key, _ = default_world(store, Clock())
paths = create(Service(store, "http://127.0.0.1:1"), None).openapi()["paths"]
assert "/_local/worlds" in paths and "/_local/machines" not in paths, paths
assert "world" in local.commands and not {"machine", "worker"} & set(local.commands)
for options, code in (({"database_url": "postgresql://nobody@nowhere/x"}, "noDatabaseDriver"),
                      ({"storage": "s3://bucket"}, "storageNotInstalled")):
    try:
        Store(home, **options)
    except KinetixError as error:
        assert error.code == code, error.code
    else:
        raise AssertionError(code)
try:
    local.main(["world", "set", "--config", "keepClipsDays=1", "--home", str(home.parent)], standalone_mode=False)
except KinetixError as error:
    assert error.code == "badConfiguration" and "keepClipsDays" in error.detail, error
else:
    raise AssertionError("nobody would delete anything")
"""


@pytest.mark.xdist_group("local")
def test_a_service_of_one_machine_runs_without_it(tmp_path: Path) -> None:
    ended = subprocess.run(
        [str(tools.python()), "-c", _WITHOUT + _SERVICE, str(tmp_path / "local")],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
    )
    assert ended.returncode == 0, ended.stderr
