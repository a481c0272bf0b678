"""`make demo`: a clip becomes an emote, on a character in Blender and in Godot, with a picture to look at.

The route is the product's own: hub job → API client → Kinetix Local → capture → bag → download → library → sync. Everything lies
under artefacts/demo, in a home of its own, so that the person's emotes are left alone. A second run installs and fetches nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "samples" / "balance.mp4"
PROJECT = ROOT / "godot_bridge" / "example_project"
OUT = ROOT / "artefacts" / "demo"
HOME = OUT / "home"
ENDED = {"delivered", "failed", "cancelled", "rejected"}

console = Console(highlight=False, soft_wrap=True)
environment = {**os.environ, "KINETIX_HOME": str(HOME)}


class DemoError(Exception):
    """Title and next step of what stopped the demo."""


class Steps:
    """Duration and result of each step."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, str]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        begin, result = time.monotonic(), [""]
        console.print(f"[bold cyan]▸[/] {name}")
        yield lambda text: result.__setitem__(0, text)
        self.rows.append((name, time.monotonic() - begin, result[0]))

    def show(self) -> None:
        console.print("\n[bold]How long it took, and where everything is[/]")
        for name, seconds, result in self.rows:
            console.print(f"{seconds:6.1f} s  {name}")
            for line in filter(None, result.split("; ")):
                console.print(f"          [green]→[/] {line}")


class Hub:
    """The hub's HTTP interface (docs/hub-protocol.md)."""

    def __init__(self) -> None:
        run([str(kinetix()), "hub", "start", "--json"], "The hub did not start.")
        info = json.loads((HOME / "hub" / "hub.json").read_text(encoding="utf-8"))
        self.base = f"http://127.0.0.1:{info['port']}/v1"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {info['token']}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(method, self.base + path, json=body, timeout=60)
        found: Any = answer.json() if answer.content else None
        if answer.status_code >= 400:
            error = found["error"]
            raise DemoError(f"{error['title']} {error['nextStep']}")
        return found


def kinetix() -> Path:
    return Path(sys.executable).parent / ("kinetix.exe" if os.name == "nt" else "kinetix")


def run(command: list[str], failure: str, limit: float = 180) -> str:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit, check=False
    )
    if done.returncode:
        raise DemoError(f"{failure}\n{(done.stdout + done.stderr)[-1500:]}")
    return done.stdout


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def sync_target(hub: Hub) -> dict[str, Any]:
    targets = hub.call("GET", "/sync/targets")
    rows = targets["targets"] if isinstance(targets, dict) else targets
    for target in rows:
        if Path(target["project"]) == PROJECT:
            return dict(target)
    return dict(hub.call("POST", "/sync/targets", {"project": str(PROJECT), "folder": "emotes", "source": "library"}))


def make_emote(hub: Hub) -> dict[str, Any]:
    """Run the job with a progress bar and return the Emote."""
    job = hub.call("POST", "/jobs", {"clip": str(CLIP), "name": "Balance"})
    columns = (TextColumn("  {task.description:<22}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("queued", total=100)
        while job["state"] not in ENDED:
            time.sleep(0.1)
            job = hub.call("GET", f"/jobs/{job['id']}")
            stage = f"{job['state']} {job['stage'] or ''}".strip()
            bar.update(task, description=stage, completed=job["percent"] or 0)
    if job["state"] != "delivered":
        error = job["error"] or {"title": f"The job ended as {job['state']}.", "nextStep": ""}
        raise DemoError(f"{error['title']} {error['nextStep']}")
    return dict(hub.call("GET", f"/emotes/{job['emoteId']}"))


def find_synced(sha256: str, limit: float = 15) -> Path:
    """The file in the project with these very bytes; the sync gives it a name that is safe in Godot."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        for path in (PROJECT / "emotes").rglob("*.glb"):
            if hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
                return path
        time.sleep(0.05)
    raise DemoError(f"The emote did not arrive in {shown(PROJECT)} within {limit:.0f} s. See `kinetix sync list`.")


def synced_file(hub: Hub, emote: dict[str, Any]) -> Path:
    target = sync_target(hub)
    hub.call("POST", f"/sync/targets/{target['id']}/run", {"dryRun": False})
    return find_synced(emote["sha256"])


def picture(emote: dict[str, Any]) -> tuple[Path, Path]:
    """The clip's frames beside the result on the mannequin, as PNG and as animated WebP."""
    import numpy as np

    from kinetix_capture.video import decode
    from kinetix_core.formats import glb
    from kinetix_tools.preview import side_by_side

    file = Path(emote["files"]["glb"])
    motion, figure = glb.read_motion(file), glb.read_character(file)
    frames = np.stack([picture.image for picture in decode.frames(CLIP, longest_side=640)])
    still, moving = OUT / "side-by-side.png", OUT / "side-by-side.webp"
    side_by_side.write(frames, motion, still, moving, figure=figure)
    return still, moving


def in_blender(glb_file: Path) -> str:
    program = shutil.which("blender")
    if not program:
        return "no `blender` on the PATH: install Blender 4.2 or newer, or drag the GLB into it"
    scene, image = OUT / "balance.blend", OUT / "blender.png"
    script = ROOT / "packaging" / "demo_blender.py"
    command = [program, "--background", "--factory-startup", "--python-exit-code", "3", "--python", str(script)]
    run([*command, "--", str(glb_file), str(scene), str(image)], "Blender could not import the emote.")
    return f"{shown(scene)}; {shown(image)}"


def in_godot(file: Path) -> str:
    own = ROOT / ".tools" / "godot" / "bin" / "godot"
    program = str(own) if own.exists() else shutil.which("godot") or shutil.which("godot4")
    if not program:
        return f"no `godot` on the PATH: open {shown(PROJECT)} in Godot 4.4 or newer and press play"
    output = run([program, "--headless", "--path", str(PROJECT), "--import"], "Godot could not import the project.")
    settings = file.with_name(file.name + ".import").read_text(encoding="utf-8")
    if "valid=false" in settings or "SCRIPT ERROR" in output:
        raise DemoError(f"Godot imported {shown(file)} with errors.\n{output[-1500:]}")
    return f"{shown(file)}; open {shown(PROJECT)} in Godot and press play"


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    steps, hub = Steps(), None
    try:
        with steps.step("Start the hub") as result:
            hub = Hub()
            result("home of the demo: " + shown(HOME))
        with steps.step("Watch the Godot project") as result:
            result(f"{shown(PROJECT)}/emotes ({sync_target(hub)['state']})")
        with steps.step("Turn the clip into an emote, through the API") as result:
            emote = make_emote(hub)
            result(shown(Path(emote["files"]["glb"])))
        with steps.step("Sync it into the Godot project") as result:
            file = synced_file(hub, emote)
            result(shown(file))
        with steps.step("Draw clip and result side by side") as result:
            result("; ".join(map(shown, picture(emote))))
        with steps.step("Import it in Blender") as result:
            result(in_blender(Path(emote["files"]["glb"])))
        with steps.step("Import it in Godot") as result:
            result(in_godot(file))
    except DemoError as error:
        console.print(f"[bold red]✗[/] {str(error).replace('[', chr(92) + '[')}")
        return 1
    finally:
        if hub is not None:
            run([str(kinetix()), "hub", "stop"], "The hub did not stop.")
    steps.show()
    console.print(f"\nLook at [bold]{shown(OUT / 'side-by-side.png')}[/] first.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
