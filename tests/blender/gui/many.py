"""Several clips dropped at once and what became of each; then a long clip, cut into emotes in its dialog; with a real capture."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import driving as d

CLIPS, LONG = Path(os.environ["KB_CLIPS"]), Path(os.environ["KB_LONG"])


def link() -> Any:
    return d.module("hub.heartbeat").LINK


def drop(*files: Path) -> None:
    """Drop files as a file manager does."""
    with d.CONTEXT.temp_override(window=d.window(), area=d.view(), region=d.view().regions[-1]):
        d.OPS.kinetix.choose_clip(
            "INVOKE_DEFAULT", directory=f"{files[0].parent}/", files=[{"name": file.name} for file in files]
        )


def story() -> Iterator[Any]:
    d.record_costs()
    batch, form, cutting = d.module("jobs.batch"), d.module("clip_form").FORM, d.module("library.cutting")
    values = d.CONTEXT.window_manager.kinetix_create
    yield from d.open_tab()
    yield from d.until(lambda: link().phase == "live" and link().state.connection, "connected")
    values.ask = False
    drop(*sorted(CLIPS.iterdir()))
    letter = str(CLIPS / "a_letter.mp4")
    yield from d.until(lambda: form.clip_problems.get(letter), "what a quick look has against the letter")
    yield from d.redrawn()
    yield from d.shot("many 1 chosen")
    yield from d.press("kinetix.create", then=lambda: not form.clips and bool(batch.sent()), what="sent")
    yield from d.shot("many 2 in the works")

    def have_ended() -> bool:
        rows = batch.sent()
        return bool(batch.made() + batch.refused() == len(rows))

    yield from d.until(have_ended, "what became of each")
    d.RESULT["table"] = [
        [Path(one.clip).name, one.job["state"] if one.job else None, (one.job or {}).get("error") or one.error]
        for one in batch.sent()
    ]
    yield from d.redrawn()
    yield from d.shot("many 3 the table")
    d.OPS.kinetix.clear_batch()
    before = set(link().state.emotes)
    drop(LONG)
    frames = d.module("create.frames")
    yield from d.until(lambda: frames.film() and frames.film().seconds > 0 and not frames.film().reading, "the clip")
    yield from d.press("kinetix.long_clips", then=lambda: d.OPS.kinetix.create.poll(), what="longer clips")
    yield from d.press("kinetix.create", then=lambda: not values.clip or bool(link().state.jobs), what="a job")
    yield from d.until(lambda: set(link().state.emotes) - before, "the long emote")
    long = next(iter(set(link().state.emotes) - before))
    d.module("library.props").LIBRARY.selected = long
    yield from d.until(lambda: cutting.parts_of(link().state.emotes[long]), "the parts")
    d.RESULT["parts"] = len(cutting.parts_of(link().state.emotes[long]))
    with d.CONTEXT.temp_override(window=d.window(), area=d.view(), region=d.view().regions[-1]):
        d.event(500, 500)
        yield 0.2
        d.OPS.kinetix.cut_emote("INVOKE_DEFAULT")
    yield 0.5
    yield from d.shot("many 4 the dialog")
    d.key("RET", 500, 500)
    yield from d.until(lambda: len(set(link().state.emotes) - before) == 1 + d.RESULT["parts"], "the parts are emotes")
    yield from d.redrawn()
    yield from d.shot("many 5 cut")


d.run(story)
