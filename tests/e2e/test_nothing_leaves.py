"""The profile `local` keeps everything on the machine: the whole story, with every socket recorded (docs/privacy.md)."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import tools
from tests.support.waiting import LIMIT_S

ALONE = [sys.executable, str(tools.ROOT / "tests" / "support" / "without_network.py")]
CLIP = tools.ROOT / "samples" / "balance.mp4"
# An emote is made, brought into a Godot project, listed and shown in the library page; then all ends.
STORY = """
set -e
"$KINETIX" sync add "$GAME" --json
"$KINETIX" emote create "$CLIP" --name Balance --json
"$KINETIX" sync run --json
"$KINETIX" emote list --json
"$KINETIX" doctor --json
"$KINETIX" emote watch Balance --no-open
"$KINETIX" hub stop
"""
_ADDRESS = re.compile(r'(?:inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)")')


def addresses(trace: str) -> dict[str, set[str]]:
    """System call → the internet addresses that it named."""
    found: dict[str, set[str]] = {}
    for line in trace.splitlines():
        call = re.search(r"\b(connect|sendto|sendmsg|sendmmsg|bind)\(", line)
        if call:
            found.setdefault(call[1], set()).update(one or other for one, other in _ADDRESS.findall(line))
    return found


def leaves(trace: str) -> set[str]:
    """Addresses of other machines that were spoken to, or at which this one listens for others."""
    return {
        f"{call} {address}"
        for call, named in addresses(trace).items()
        for address in named
        if not ipaddress.ip_address(address).is_loopback
    }


@pytest.mark.xdist_group("main-job")
def test_the_whole_story_speaks_to_this_machine_alone(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not here: make test-tools")
    game, trace = tmp_path / "game", tmp_path / "trace"
    game.mkdir()
    (game / "project.godot").write_text("config_version=5\n", encoding="utf-8")
    given = {"KINETIX": str(tools.kinetix()), "GAME": str(game), "CLIP": str(CLIP)}
    recorded = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-e",
        "trace=connect,bind,sendto,sendmsg,sendmmsg",
        "-o",
        str(trace),
    ]
    done = subprocess.run(
        [*ALONE, *recorded, "/bin/sh", "-c", STORY],
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert list(game.rglob("*.glb"))
    text = trace.read_text(encoding="utf-8", errors="replace")
    named = addresses(text)
    assert named["connect"] and named["bind"], "the record sees the hub and Kinetix Local"
    assert leaves(text) == set()


@pytest.mark.quick
def test_the_record_would_show_another_machine() -> None:
    lines = (
        '12 connect(5, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("93.184.216.34")}, 16) = -1',
        '12 sendto(6, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}, 16) = 1',
        '13 connect(5, {sa_family=AF_INET6, sin6_port=htons(9), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28) = 0',
        '13 bind(7, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}, 16) = 0',
        '14 connect(5, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
        '14 connect(5, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = -1',
    )
    assert leaves("\n".join(lines)) == {
        *("connect 93.184.216.34", "sendto 10.0.0.1", "connect 2001:db8::1", "bind 0.0.0.0"),
    }
