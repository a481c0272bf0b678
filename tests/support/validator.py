"""The Khronos glTF validator."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support import tools

_SCRIPT = """
const validator = require(process.argv[1]);
const bytes = new Uint8Array(require('fs').readFileSync(process.argv[2]));
validator.validateBytes(bytes).then((report) => console.log(JSON.stringify(report.issues)));
"""


def issues(glb: Path) -> dict[str, Any]:
    """`numErrors`, `numWarnings`, `messages` …"""
    command = [str(tools.node()), "-e", _SCRIPT, str(tools.gltf_validator()), str(glb)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True)
    return dict(json.loads(done.stdout))
