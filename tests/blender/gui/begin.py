"""Begin a job and wait to be killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import driving as d


def story() -> Iterator[Any]:
    link = d.module("hub.heartbeat").LINK
    yield from d.open_tab()
    yield from d.until(lambda: link.phase == "live", "connected")
    d.module("clip_form").FORM.clip = os.environ["KB_CLIP"]
    d.module("clip_form").FORM.ask = False
    d.HOLD.touch()
    d.OPS.kinetix.create()
    yield from d.until(lambda: any((job["percent"] or 0) > 20 for job in link.state.jobs.values()), "progress")
    (d.SCRATCH / "running").write_text("", encoding="utf-8")
    yield d.LIMIT_S


d.run(story)
