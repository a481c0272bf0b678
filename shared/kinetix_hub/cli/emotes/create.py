"""`kinetix emote create` and `phone`."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_core.command_line.capture_options import capture_options
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.bodies import JobBody, PhoneBody, parse
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.models import Job
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import ProfileName
from kinetix_core.values.views import MOST_VIEWS
from kinetix_hub.cli.emotes.clip_check import choose, keep_pictures, people_in, people_sentence
from kinetix_hub.cli.emotes.delivery import check_target, report
from kinetix_hub.cli.emotes.many import clips_of, create_many
from kinetix_hub.cli.show import check_exclusive, console, follow, force_option, job_error, json_option, out, parsed

_ask_option = click.option(
    "--ask", is_flag=True, help="Review the take before it is added to the library; `kinetix job validate` accepts it."
)
_user_option = click.option("--user", help="User of the game (default: the profile's).")
_profile_option = click.option(
    "--profile",
    callback=parsed(ProfileName),
    help="Profile: local, cloud, staging or your own (default: the active one).",
)


@click.command()
@click.argument("clips", metavar="CLIP...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="Name of the emote (default: the file's name).")
@click.option("--one-take", is_flag=True, help="The clips show one take from several sides and become one emote.")
@capture_options(note=" (Kinetix Local only)")
@click.option("--person", type=int, help="Capture the person with this number; see --show-people.")
@click.option(
    "--show-people",
    type=click.Path(path_type=Path, file_okay=False),
    help="Only write a picture of each person in the clip into this folder: person-1.jpg, person-2.jpg, ….",
)
@_ask_option
@_user_option
@_profile_option
@click.option(
    "-o",
    "--out",
    "target",
    type=click.Path(path_type=Path),
    help="Also copy the GLB here: a file, or a folder for several clips. Several people become OUT-1.glb, OUT-2.glb, ….",
)
@force_option
@click.option("--no-wait", is_flag=True, help="Return immediately; the hub continues.")
@click.option(
    "--patience", type=float, default=60.0, show_default=True, help="Seconds to wait for an unavailable service."
)
@json_option
def create(
    clips: tuple[Path, ...],
    name: str | None,
    one_take: bool,
    person: int | None,
    show_people: Path | None,
    ask: bool,
    user: str | None,
    profile: str | None,
    target: Path | None,
    force: bool,
    no_wait: bool,
    patience: float,
    as_json: bool,
    settings: CaptureSettings,
) -> None:
    """Create an emote from a clip.

    CLIP is a short video of one person. Several clips or a folder become one emote each.

    The service sets the longest clip: 10 seconds, or up to 60 in Kinetix Local (`kinetix profile clip-length`). Run the command
    again to continue after an interruption: clips that are in the library are not captured again.

    With --one-take up to four clips of one move, filmed at the same time, become one emote; trim and crop apply to the first.
    """
    check_exclusive(person=person, people=settings.people)
    found = clips_of(clips)
    if one_take:
        _one_take(clips)
    given = {"clip": str(found[0]), "name": name, "user": user, "profile": profile}
    views = [str(clip) for clip in found[1:]] if one_take else []
    body = parse(JobBody, {**dict(settings), **given, "views": views, "ask_first": ask})
    if not one_take and (len(clips) > 1 or clips[0].is_dir()):
        if name is not None:
            raise InputError(
                "--name needs a single clip.",
                code="badOption",
                next_step="Leave out --name: each emote is named after its file.",
            )
        if person is not None or show_people is not None:
            raise InputError(
                "--person and --show-people need a single clip.",
                code="badOption",
                next_step="Give one clip, or --people all.",
            )
        if target is not None and not target.is_dir():
            raise InputError(f"{target} is not a folder.", code="notWritable", next_step="Give -o an existing folder.")
        create_many(found, body, target, force=force, wait=not no_wait, patience_s=patience, as_json=as_json)
        return
    if target is not None:
        check_target(target, people=body.people, force=force)
    hub = connect()
    seen = people_in(hub, found[0], body)
    if show_people is not None:
        pictures = keep_pictures(seen, show_people)
        if as_json:
            out({"people": seen, "pictures": [str(path) for path in pictures]})
        else:
            console.print(people_sentence(seen) or "Fewer than two people are in this clip.")
        return
    if person is not None:
        body = choose(seen, person, body)
    elif len(seen) > 1 and not as_json:
        console.print(people_sentence(seen))
    job = hub.post(Job, "/jobs", body)
    if not no_wait:
        job = follow(hub, job, quiet=as_json, patience_s=patience)
        hub = connect()
    report(hub, job, target, as_json, force=force)


def _one_take(clips: tuple[Path, ...]) -> None:
    if len(clips) > MOST_VIEWS or any(clip.is_dir() for clip in clips):
        raise InputError(
            "These are not the clips of one take.",
            code="badOption",
            next_step=f"Give up to {MOST_VIEWS} files and no folder, the best view first.",
        )


@click.command()
@click.option("--name", help="Name of the emote.")
@_ask_option
@_user_option
@_profile_option
@click.option("--no-wait", is_flag=True, help="Return with the link; the hub waits for the clip.")
@json_option
def phone(name: str | None, ask: bool, user: str | None, profile: str | None, no_wait: bool, as_json: bool) -> None:
    """Film with a phone that scans a QR code, then follow the job."""
    hub = connect()
    job = hub.post(Job, "/jobs/phone", PhoneBody(name=name, user=user, profile=profile, ask_first=ask))
    if job.phone is None:
        again = f"Check the job: kinetix job show {job.id[:8]}."
        raise job_error(job, ErrorInfo(code="noLink", title="There is no link yet.", next_step=again))
    if not as_json:
        import segno

        segno.make(job.phone.url, error="m").terminal(compact=True)
        console.print(f"Scan the code, or open [bold]{job.phone.url}[/]")
        if job.phone.hint:
            console.print(f"[yellow]{job.phone.hint}[/]")
    if not no_wait:
        job = follow(hub, job, quiet=as_json, patience_s=600.0)
    report(hub, job, None, as_json)
