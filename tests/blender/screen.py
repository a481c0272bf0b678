"""A real Blender on a display of its own, with the built zip installed into an empty profile."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import tools
from tests.support.waiting import LIMIT_S, until

SIZE = (1280, 980)
DRIVERS = Path(__file__).parent / "gui"


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
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "KINETIX_API_KEY")}
        return {
            **kept,
            "BLENDER_USER_RESOURCES": str(self.folder / "blender"),
            "KINETIX_HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            # Software rendering gives large buffers back and takes them anew with every picture: the allocator keeps them, else
            # the system clears them each time.
            "MALLOC_CONF": "oversize_threshold:0,dirty_decay_ms:-1",
            "PATH": f"{tools.ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            **more,
        }

    def command(self, *words: str) -> str:
        """`blender --command …`; its output."""
        done = subprocess.run(
            [str(tools.blender()), "--command", *words],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self, archive: Path) -> None:
        self.command("extension", "install-file", "-r", "user_default", "-e", str(archive))

    def hub_pid(self) -> int | None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            return int(json.loads((self.home / "hub" / "hub.json").read_text(encoding="utf-8"))["pid"])
        return None

    def stop_hub(self) -> None:
        """Stop the hub of this home, and with it the Kinetix Local that it started; ends whatever else lives in this home."""
        pid = self.hub_pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            until(lambda: not alive(pid), "the hub does not stop")
        end_homes_below(self.folder)


def end_homes_below(folder: Path) -> None:
    """End every process whose Kinetix home lies in this folder: also a hub that was killed before it wrote hub.json."""
    for left in _at_home_below(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(left, signal.SIGKILL)
    until(lambda: not _at_home_below(folder), "processes that cannot be ended")


def _at_home_below(folder: Path) -> list[int]:
    mark, found = f"KINETIX_HOME={folder}{os.sep}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            lines = (process / "environ").read_bytes().split(b"\0")
            if any(line.startswith(mark) for line in lines) and alive(int(process.name)):
                found.append(int(process.name))
    return found


@contextlib.contextmanager
def kinetix_local(profile: Profile, scratch: Path, capture: str) -> Iterator[None]:
    """Kinetix Local in the profile's home, with a quick capture; the hub finds and uses it."""
    with (scratch / "local.log").open("wb") as log:
        process = subprocess.Popen(
            [str(tools.kinetix()), "local", "serve", "--port", "0", "--home", str(profile.home), "--no-open"],
            env=profile.environment(KINETIX_LOCAL_CAPTURE=capture, PYTHONPATH=str(tools.ROOT)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until((profile.home / "local" / "serve.json").is_file, (scratch / "local.log").read_text)
        yield
    finally:
        end(process)


def decide_by_hand(profile: Profile, retakes: int = 3) -> None:
    """Every take waits for a decision from now on."""
    found = json.loads((profile.home / "local" / "serve.json").read_text(encoding="utf-8"))
    request = urllib.request.Request(
        f"{found['url']}/v1/virtual-world/config",
        data=json.dumps({"ugcValidation": {"maxRetry": retakes}}).encode(),
        headers={"x-api-key": found["apiKey"], "content-type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
        assert answer.status == 200


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


@contextlib.contextmanager
def blender(
    profile: Profile,
    screen: str,
    driver: str,
    scratch: Path,
    *,
    simulate: bool = True,
    size: tuple[int, int] = SIZE,
    **environment: str,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running Blender that steps `gui/<driver>.py`. Its output is in <scratch>/blender.log."""
    line = [str(tools.blender())]
    if simulate:
        line.append("--enable-event-simulate")
    else:
        environment["KB_REAL"] = "1"
    line += ["--window-geometry", "0", "0", str(size[0]), str(size[1])]
    line += ["--python-expr", "import bpy; bpy.context.preferences.view.show_splash = False"]
    line += ["--python", str(DRIVERS / f"{driver}.py")]
    with (scratch / "blender.log").open("wb") as log:
        process = subprocess.Popen(
            line,
            env=profile.environment(DISPLAY=screen, KB_SCRATCH=str(scratch), **environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def picture(screen: str, target: Path) -> None:
    """A screenshot of the whole display: Blender's own are black without a GPU."""
    importer = shutil.which("import")
    assert importer, "install imagemagick"
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [importer, "-window", "root", str(target)], env={**os.environ, "DISPLAY": screen}, check=True, timeout=LIMIT_S
    )
