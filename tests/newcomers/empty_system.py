"""An empty Debian for somebody who has nothing: a file system, processes and a network of its own, in which there is loopback alone.

What a newcomer has before our file comes (Blender, say) is installed once into a folder below .tools; every run begins on that
folder and leaves it as it was.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import tools

HOME = "/home/newcomer"
SHARED = Path("/shared")
"""Where the folder lies that both sides see."""

_USER = 1000
_SUITE, _MIRROR = "trixie", "http://deb.debian.org/debian"
_X_SOCKETS = Path("/tmp/.X11-unix")


@functools.cache
def base(name: str, *packages: str) -> Path:
    """The folder of a minimal Debian with these packages and what they need; made at the first call, with the network."""
    folder = tools.ROOT / ".tools" / "newcomers" / name
    if folder.is_dir():
        return folder
    maker = shutil.which("mmdebstrap")
    if maker is None or os.geteuid() != 0:
        pytest.fail("an empty system needs root and mmdebstrap (apt install mmdebstrap)")
    new = folder.with_name(f"{name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.parent.mkdir(parents=True, exist_ok=True)
    command = [maker, "--variant=minbase", "--mode=root", *(f"--include={each}" for each in packages)]
    subprocess.run([*command, _SUITE, str(new), f"deb {_MIRROR} {_SUITE} main"], check=True, stdin=subprocess.DEVNULL)
    new.rename(folder)
    return folder


@dataclass(frozen=True)
class EmptySystem:
    """A system on `lower`, written to below `scratch`. `beside`: paths of this machine that are seen at the same place in it."""

    lower: Path
    scratch: Path
    beside: tuple[Path, ...] = ()

    @property
    def shared(self) -> Path:
        """The folder that is `SHARED` inside."""
        return self.scratch / "shared"

    @property
    def home(self) -> Path:
        """The newcomer's home folder."""
        return self.scratch / "upper" / HOME[1:]

    def hand_over(self) -> None:
        """Make the shared folder, with all that is in it, the newcomer's."""
        for path in (self.shared, *self.shared.rglob("*")):
            os.chown(path, _USER, _USER)

    def start(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a program in it as a user without rights; everything that it started ends with it."""
        for folder in (self.shared, self.home):
            folder.mkdir(parents=True, exist_ok=True)
        os.chown(self.home, _USER, _USER)
        self.hand_over()
        for name in ("work", "root"):
            (self.scratch / name).mkdir(exist_ok=True)
        alone = tools.ROOT / "tests" / "support" / "without_network.py"
        outside = [sys.executable, str(alone), *["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc"]]
        with log.open("ab") as output:
            return subprocess.Popen(
                [*outside, self._entered(command, environment)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _entered(self, command: Sequence[str], environment: Mapping[str, str]) -> str:
        """The shell lines that make the mounts, which only these processes see, and go in."""
        root, upper, work = (self.scratch / name for name in ("root", "upper", "work"))
        lines = [f"mount -t overlay overlay -o lowerdir={self.lower},upperdir={upper},workdir={work} {root}"]
        for path, place in [(self.shared, SHARED), *((path, path) for path in (_X_SOCKETS, *self.beside))]:
            inside = f"{root}{place}"
            lines += [f"mkdir -p {inside}", f"mount --bind {path} {inside}"]
        lines += [f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        given = {"HOME": HOME, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **environment}
        entered = ["chroot", f"--userspec={_USER}:{_USER}", str(root), "env", "-i", "-C", HOME]
        entered += [*(f"{name}={value}" for name, value in given.items()), *command]
        return "\n".join([*lines, f"exec {shlex.join(entered)}"])
