"""Several clips at once: one job each, and a table of the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kinetix_core.protocol.hub.answers import EmoteList, JobList
from kinetix_core.protocol.hub.bodies import JobBody
from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.enumerations import ENDED, JobState
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.models import Emote, Job
from kinetix_core.translations import translated
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.moments import from_epoch_ms
from kinetix_hub.cli.emotes.clip_check import check_clip
from kinetix_hub.cli.emotes.delivery import copy_glb, emotes_of, everybody
from kinetix_hub.cli.show import console, follow, out, table

_VIDEO = frozenset({".3gp", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv"})
_MOST_JOBS = 50


@dataclass
class _Row:
    """A clip and its result. `others`: emotes of the other people; `before`: created by an earlier call."""

    clip: Path
    job: Job | None = None
    emote: Emote | None = None
    others: Sequence[Emote] = ()
    error: KinetixError | None = None
    before: bool = False

    @property
    def emotes(self) -> list[Emote]:
        return [] if self.emote is None else [self.emote, *self.others]


def clips_of(given: Sequence[Path]) -> list[Path]:
    """Return the clips in order, each once: the given files, and the videos in given folders.

    Raises:
        InputError: a file is missing, or a folder has no video.
    """
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            videos = sorted(file for file in path.iterdir() if file.suffix.lower() in _VIDEO and file.is_file())
            if not videos:
                raise InputError(
                    f"The folder {path} contains no video.",
                    code="clipNotFound",
                    next_step="Give a folder with clips in it, or the path of a video file.",
                )
            found += videos
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(
                f"There is no file {path}.", code="clipNotFound", next_step="Give the path of a video file."
            )
    return list(dict.fromkeys(path.absolute() for path in found))


def create_many(
    clips: Sequence[Path],
    body: JobBody,
    folder: Path | None,
    *,
    force: bool,
    wait: bool,
    patience_s: float,
    as_json: bool,
) -> None:
    """Create an emote of each clip. Exits with 1 if one of them failed.

    A repeated call continues: unfinished jobs are followed, and clips in the library are not captured again.

    Args:
        body: settings of all clips.
        folder: existing folder for the GLBs, named after the emotes.
        force: replace files in the folder that have other contents.
    """
    hub = connect()
    rows = [_begun(hub, clip, body) for clip in clips]
    for row in rows if wait else ():
        if row.job is None or row.emote is not None:
            continue
        if not as_json:
            console.print(row.job.name, style="bold", markup=False)
        try:
            row.job = follow(hub, row.job, quiet=as_json, patience_s=patience_s)
        except KinetixError as error:
            row.error = error
        hub = connect()
        if row.job.state is JobState.DELIVERED:
            row.emote, *row.others = emotes_of(hub, row.job)
    if folder is not None:
        for row in rows:
            try:
                for emote in row.emotes:
                    copy_glb(emote, folder / f"{emote.name}.glb", force=force)
            except InputError as error:
                row.error = error
    _show(rows, as_json)
    if any(row.error for row in rows):
        raise SystemExit(1)


def _begun(hub: HubClient, clip: Path, body: JobBody) -> _Row:
    """Return the clip with its job: one of an earlier call that is unfinished or done, else a new one."""
    made = from_epoch_ms(clip.stat().st_mtime * 1000)
    # A job shows the clip's name only, but is found by its path. What it delivered is looked for after it, or might not be there yet.
    jobs = hub.get(JobList, "/jobs", q=str(clip), limit=_MOST_JOBS).jobs
    known = {emote.id: emote for emote in hub.get(EmoteList, "/emotes").emotes}
    for job in jobs:
        same = job.clip == clip.name and job.settings == body.settings() and body.profile in (None, job.profile)
        if not same or body.user not in (None, job.user) or datetime.fromisoformat(job.created_at) < made:
            continue
        if job.state not in ENDED:
            return _Row(clip, job)
        if job.state is JobState.DELIVERED and job.emote_id in known:
            own, *others = everybody(known[job.emote_id], list(known.values()))
            return _Row(clip, job, own, others, before=True)
    try:
        check_clip(hub, clip, body)
        return _Row(clip, hub.post(Job, "/jobs", body.model_copy(update={"clip": str(clip)})))
    except InputError as error:  # of this clip; the others may be good
        return _Row(clip, error=error)


def _show(rows: Sequence[_Row], as_json: bool) -> None:
    if as_json:
        out(
            {
                "clips": [
                    {
                        "clip": str(row.clip),
                        "job": row.job,
                        "emote": row.emote,
                        "others": list(row.others),
                        "error": row.error.as_dict() if row.error else None,
                    }
                    for row in rows
                ]
            }
        )
        return
    table(
        ["clip", "emote", "result"],
        [(row.clip.name, ", ".join(emote.name for emote in row.emotes), _result(row)) for row in rows],
        "",
    )
    made, refused = sum(row.emote is not None for row in rows), sum(row.error is not None for row in rows)
    console.print(f"{made} of {len(rows)} clips are emotes" + (f", {refused} failed." if refused else "."))


def _result(row: _Row) -> str:
    if row.error is not None:
        parts = (translated(row.error.title), translated(row.error.next_step), row.error.command)
        return " ".join(part for part in parts if part)
    if row.job is None or row.emote is not None:
        return "exists" if row.before else "new"
    if row.job.state is JobState.AWAITING_DECISION:
        return f"ready to review: kinetix job validate {row.job.id[:8]}"
    return f"in progress: kinetix job show {row.job.id[:8]}"
