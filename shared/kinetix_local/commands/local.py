"""`kinetix local …`: runs the service, and administers it without a portal."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kinetix_core.command_line.output import print_utf8
from kinetix_core.values.errors import KinetixError
from kinetix_local.commands.admin import COMMANDS
from kinetix_local.commands.admin.common import Place, options
from kinetix_local.commands.admin.moving import sign_in_link
from kinetix_local.extensions import every

if TYPE_CHECKING:
    from fastapi import APIRouter

    from kinetix_local.api.instance import Service


@click.group()
def local() -> None:
    """Kinetix Local: the Kinetix SDK API on this machine."""


@local.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--lan", is_flag=True, help="Let phones on this network open the upload page.")
@click.option("--lan-port", default=0, show_default=True, help="Port for phones; 0 is any free one.")
@click.option("--https", is_flag=True, help="Phones get HTTPS with a self-signed certificate: cameras need it.")
@click.option("--port", default=0, show_default=True, help="Port; 0 is any free one.")
@click.option("--strict", type=click.Choice(["2024"]), help="Answer as the server published in 2024 did.")
@click.option(
    "--token-life", "token_life_s", type=click.FloatRange(0.1), help="Life of a generation token, seconds (300)."
)
@click.option(
    "--cache-life", "cache_life_s", type=click.FloatRange(0), help="Life of cached bags and keys, seconds (300)."
)
@click.option("--page-url", help="Address of the upload page (default: this service).")
@click.option("--public-url", help="What file and page addresses begin with (default: where it listens).")
@click.option("--origin", "origins", multiple=True, help="A web page's origin that may call the API; can be repeated.")
@click.option("--clock-offset", "clock_offset_s", type=float, help="Seconds added to the clock.")
@click.option(
    "--rate-limit", type=click.IntRange(0), help="Requests per world and group in 5 minutes; 0 is none (600000)."
)
@click.option("--workers", type=click.IntRange(0, 64), help="Captures at the same time (1); 0 leaves them to others.")
@click.option(
    "--lease", "lease_s", type=click.FloatRange(2), help="Silence after which a worker loses its capture, seconds (30)."
)
@click.option(
    "--metrics-token",
    envvar="KINETIX_LOCAL_METRICS_TOKEN",
    show_envvar=True,
    help="Token that reads /_local/metrics and nothing else.",
)
@click.option(
    "--shared",
    envvar="KINETIX_LOCAL_SHARED",
    show_envvar=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that all services on one database have in common: files and the secret (default: the home folder).",
)
@click.option(
    "--storage",
    envvar="KINETIX_LOCAL_STORAGE",
    show_envvar=True,
    help="Object storage for files, s3://bucket/folder?endpoint=https://…, with keys in AWS_ACCESS_KEY_ID and the like.",
)
@click.option("--max-upload", "max_upload_bytes", type=click.IntRange(1), help="Largest clip, bytes (4 GiB).")
@click.option(
    "--allow-private-imports",
    "import_private",
    is_flag=True,
    default=None,
    help="Online videos may lie on this network.",
)
@click.option(
    "--idle-exit",
    "idle_exit_s",
    type=click.FloatRange(0),
    default=0.0,
    help="End after so many idle seconds; 0 is never.",
)
@click.option("--open/--no-open", "open_page", default=False, help="Open the library page in the browser.")
@options
def serve(
    place: Place,
    shared: Path | None,
    storage: str | None,
    host: str,
    lan: bool,
    lan_port: int,
    https: bool,
    port: int,
    idle_exit_s: float,
    open_page: bool,
    **given: Any,
) -> None:
    """Serve the API until stopped. Where it listens is in serve.json in its folder."""
    from kinetix_local.api.listening.server import quiet_log
    from kinetix_local.api.listening.server import serve as start

    given["origins"] = tuple(given["origins"]) or None
    quiet_log()

    def ready(info: dict[str, Any]) -> None:
        if place.as_json:
            click.echo(json.dumps({name: info[name] for name in ("url", "pid", "port", "startId", "world")}))
        else:
            click.echo(f"Kinetix Local serves {info['url']} (world “{info['world']}”). Ctrl-C stops it.")
            _say_lan(info)
        sys.stdout.flush()
        if open_page:
            threading.Thread(target=_open, args=(info,), daemon=True).start()

    start(
        place.folder,
        host=host,
        port=port,
        database_url=place.database,
        shared=None if shared is None else shared.absolute(),
        storage=storage,
        lan=lan,
        lan_port=lan_port,
        https=https,
        idle_exit_s=idle_exit_s,
        ready=ready,
        make_pages=_pages,
        **given,
    )


def _pages(service: Service) -> APIRouter:
    # Their templates take a while to load; the API does not need them.
    from kinetix_local.web import routes

    return routes.create(service)


def _say_lan(info: dict[str, Any]) -> None:
    """That this machine can be reached from the network is said so that nobody overlooks it."""
    if "lan" not in info:
        return
    click.secho(
        "\n!! Everyone on this network who has a link or QR code can send clips to this computer !!",
        bold=True,
        fg="yellow",
    )
    click.echo(f"   Links begin with {info['lan']['url']}/ and reach only the upload page. Ctrl-C closes it.")
    if info["lan"]["https"]:
        click.echo(
            "   The phone's browser will warn once, because the certificate is this computer's own. Its SHA-256 fingerprint:"
        )
        click.echo(f"   {info['lan']['fingerprint']}")
    else:
        click.echo(
            "   Phones give the camera only to secure pages: add --https to record in the browser (choosing a video works)."
        )


def _open(info: dict[str, Any]) -> None:
    """The library page, signed in. On a thread of its own: the service has to answer meanwhile."""
    click.launch(sign_in_link(info))


for _command in (*COMMANDS, *every("commands")):
    local.add_command(_command)


def run() -> int:
    """The same commands without the rest of `kinetix`; errors as text or JSON."""
    print_utf8()
    try:
        code = local.main(standalone_mode=False, prog_name="kinetix_local")
        return code if isinstance(code, int) else 0
    except KinetixError as error:
        if "--json" in sys.argv:
            click.echo(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
        else:
            click.echo("\n".join(filter(None, (error.title, error.detail, error.next_step))), err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
