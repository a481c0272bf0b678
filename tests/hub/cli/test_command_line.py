"""A misspelt command."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from kinetix_hub.cli.main import root


@pytest.mark.quick
@pytest.mark.parametrize(("typed", "meant"), [("emot", "'emote'"), ("retaget", "'retarget'"), ("synk", "'sync'")])
def test_a_misspelt_command_is_understood(typed: str, meant: str) -> None:
    done = CliRunner().invoke(root, [typed])
    assert done.exit_code == 2 and f"No such command '{typed}'. Did you mean" in done.output and meant in done.output
    done = CliRunner().invoke(root, ["xyzzy"])
    assert done.exit_code == 2 and "Did you mean" not in done.output
