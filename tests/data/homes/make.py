"""make.py: keeps a home folder as the present version leaves it, as `VERSION.zip` beside this file. Run it at each release.

The home has an emote that was made on this machine, a job that failed, a profile of a person's own, and a Godot project that
is kept in sync. The capture is the tests' quick one. Nothing of it is secret: the keys open nothing but that home.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from kinetix_core import __version__

ROOT = Path(__file__).resolve().parents[3]
LEFT_OUT = (".lock", ".log", ".out", "-wal", "-shm")


def main() -> None:
    target = Path(__file__).with_name(f"{__version__}.zip")
    with tempfile.TemporaryDirectory() as scratch:
        home, project = Path(scratch, "home"), Path(scratch, "game")
        project.mkdir()
        (project / "project.godot").write_text("config_version=5\n", encoding="utf-8")
        for name, text in (("wave", "a clip"), ("broken", "REJECT:nobody")):
            Path(scratch, f"{name}.mp4").write_text(text, encoding="utf-8")
        environment = {
            **os.environ,
            "KINETIX_HOME": str(home),
            "KINETIX_LOCAL_CAPTURE": "tests.support.fast_capture:deliver",
            "KINETIX_WEBHOOK_PORT": "0",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "PYTHONPATH": str(ROOT),
        }

        def kinetix(*words: str) -> int:
            code = "from kinetix_hub.cli.main import main; main()"
            return subprocess.run([sys.executable, "-c", code, *words], env=environment, check=False).returncode

        assert kinetix("emote", "create", f"{scratch}/wave.mp4", "--name", "Wave") == 0
        assert kinetix("emote", "create", f"{scratch}/broken.mp4", "--name", "Broken") != 0
        assert kinetix("profile", "set", "studio", "--kind", "staging", "--user", "player-7") == 0
        assert kinetix("sync", "add", str(project)) == 0
        assert kinetix("hub", "stop") == 0
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(home.rglob("*")):
                if file.is_file() and not file.name.endswith(LEFT_OUT):
                    archive.write(file, file.relative_to(home))
    print(json.dumps({"home": target.name, "bytes": target.stat().st_size}))


if __name__ == "__main__":
    main()
