"""A real Blender on a display of its own, with the built zip installed into an empty profile."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import service, tools
from tests.support.waiting import LIMIT_S

SIZE = (1280, 980)
# Every wait of a driver ends by itself, with a picture of where it was; this one only ends a Blender that hangs.
HANGS_S = 900
PICTURES = tools.ARTEFACTS / "blender"


@contextlib.contextmanager
def display(scratch: Path, size: tuple[int, int] = SIZE) -> Iterator[str]:
    """A virtual screen with a free number; gives the DISPLAY value."""
    tools.xvfb_run()
    reader, writer = os.pipe()
    with (scratch / "xvfb.log").open("wb") as log:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(writer,),
            start_new_session=True,
        )
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        assert number, (scratch / "xvfb.log").read_text()
        yield f":{number}"
    finally:
        end(server)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything in its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT_S)


@dataclass
class Profile:
    """An empty Blender profile and an empty Kinetix home."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "kinetix"

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "BLENDER_USER_RESOURCES": str(self.folder / "blender"),
            "KINETIX_HOME": str(self.home),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            # Software rendering gives large buffers back and takes them anew with every picture: the allocator keeps them, else
            # the system clears them each time.
            "MALLOC_CONF": "oversize_threshold:0,dirty_decay_ms:-1",
            "PATH": f"{tools.ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            **more,
        }

    def run(self, *words: str) -> str:
        """Run Blender with these arguments to its end; its output."""
        done = subprocess.run(
            [str(tools.blender()), *words],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def install(self, archive: Path) -> None:
        self.run("--command", "extension", "install-file", "-r", "user_default", "-e", str(archive))


@contextlib.contextmanager
def kinetix_local(home: Path, capture: str, *, by_hand: bool = False) -> Iterator[None]:
    """Kinetix Local in a home whose hub uses it. `by_hand`: every take waits for a decision, with three retakes."""
    with service.running(home, KINETIX_LOCAL_CAPTURE=capture, KINETIX_HOME=str(home)) as running:
        if by_hand:
            config = {"ugcValidation": {"maxRetry": 3}}
            assert running.call("PUT", "/v1/virtual-world/config", json=config).status_code == 200
        yield


def driven(
    driver: str,
    profile: Profile,
    scratch: Path,
    *,
    simulate: bool = True,
    size: tuple[int, int] = SIZE,
    kept_as: str = "",
    **environment: str,
) -> dict[str, Any]:
    """Run a Blender that steps `gui/<driver>.py`, and return the driver's result or fail with its error.

    Its pictures are kept as artefacts, `kept_as` before their names.
    """
    line = [str(tools.blender()), "--window-geometry", "0", "0", *map(str, size)]
    line += ["--python-expr", "import bpy; bpy.context.preferences.view.show_splash = False"]
    line += ["--python", str(Path(__file__).parent / "gui" / f"{driver}.py")]
    if simulate:
        line.append("--enable-event-simulate")
    else:
        environment["KB_REAL"] = "1"
    log, file = scratch / "blender.log", scratch / "result.json"
    with display(scratch, size) as number, log.open("wb") as output:
        process = subprocess.Popen(
            line,
            env=profile.environment(DISPLAY=number, KB_SCRATCH=str(scratch), **environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            process.wait(HANGS_S)
        finally:
            end(process)
    said = log.read_text(encoding="utf-8", errors="replace")
    assert file.is_file(), said[-3000:]
    answer: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    for name in ("error", *answer["pictures"]):
        if (scratch / f"{name}.png").is_file():
            PICTURES.mkdir(parents=True, exist_ok=True)
            shutil.copy(scratch / f"{name}.png", PICTURES / f"{kept_as}{name}.png")
    assert answer.get("done"), f"{answer.get('error')}\n{said[-2000:]}"
    assert "Traceback" not in said, said[-3000:]
    return answer


def picture(screen: str, target: Path) -> None:
    """A screenshot of the whole display: Blender's own are black without a GPU."""
    importer = shutil.which("import")
    assert importer, "install imagemagick"
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [importer, "-window", "root", str(target)], env={**os.environ, "DISPLAY": screen}, check=True, timeout=LIMIT_S
    )
