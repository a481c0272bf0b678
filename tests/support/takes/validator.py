"""The Khronos glTF validator."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support import tools
from tests.support.waiting import LIMIT_S


def issues(*files: Path) -> list[dict[str, Any]]:
    """Its report of each file: `numErrors`, `numWarnings`, `messages` …"""
    script = tools.ROOT / "tests" / "support" / "takes" / "gltf_validate.js"
    command = [str(tools.node()), str(script), str(tools.gltf_validator()), *map(str, files)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    return list(json.loads(done.stdout))
