"""`kinetix local export|import|sign-in`: the whole state as one document, and the way into the library page."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from kinetix_core.io import files
from kinetix_core.io.given_files import check_file
from kinetix_core.io.output_files import check_free
from kinetix_core.serving.peer_identity import LOCAL_PATH, Impostor, PeerIdentity
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_local.commands.admin.common import Place, force_option, options


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-keys", is_flag=True, help="Write the keys' values. The file is a secret then.")
@click.option("--files", "beside", is_flag=True, help="Put the files into a folder beside the document, not into it.")
@force_option
@options
def export_(file: Path, with_keys: bool, beside: bool, force: bool, place: Place) -> None:
    """Write the whole state as one JSON document (docs/local.md)."""
    from kinetix_local.store.exchange.exchange_out import LARGEST_DOCUMENT, export

    check_free([file], force=force)
    with place.store() as (opened, db, now):
        files_at = file.with_name(f"{file.stem}-files") if beside else None
        document = export(db, opened.blobs, opened.seal, now, values=with_keys, files=files_at)
    text = json.dumps(document, ensure_ascii=False, indent=1).encode()
    if len(text) > LARGEST_DOCUMENT:
        raise InputError(
            f"The document would have more than {LARGEST_DOCUMENT >> 20} MiB, which no import takes.",
            code="tooLarge",
            next_step="Export with --files.",
        )
    files.write(file, text, private=True)
    counts = {name: len(document[name]) for name in ("plans", "worlds", "categories", "assets", "processes")}
    place.show({"file": str(file), **counts})


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Forget everything that is here first.")
@options
def import_(file: Path, replace: bool, place: Place) -> None:
    """Import the state from a JSON document.

    An invalid document is rejected as a whole, with the row that is wrong.
    """
    from kinetix_local.store.exchange.exchange_in import load

    check_file(file, instead="Give the file that an export wrote.")
    with place.store() as (opened, db, now):
        result = load(db, opened.blobs, opened.seal, now, file, replace=replace)
    place.show(result)


@click.command("sign-in")
@options
def sign_in(place: Place) -> None:
    """Print a link that opens the library page.

    It works once, within five minutes.
    """
    try:
        url = sign_in_link(json.loads((place.folder / "serve.json").read_text(encoding="utf-8")))
    except (Impostor, OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise KinetixError(
            "Kinetix Local does not run here.", code="notRunning", next_step="Start it with `kinetix local serve`."
        ) from error
    place.show({"url": url})


def sign_in_link(info: dict[str, Any]) -> str:
    """Ask the service of serve.json for a link. Raises Impostor, OSError, HTTPException, ValueError or KeyError."""
    parts, token = urlsplit(info["url"]), str(info["adminToken"])
    identity = PeerIdentity(LOCAL_PATH, str(info["startId"]), token)
    with identity.connection(parts.hostname or "", parts.port or 0, 10.0) as connection:
        connection.request("POST", "/_local/sign-in-links", headers={"authorization": f"Bearer {token}"})
        return str(json.loads(connection.getresponse().read())["url"])
