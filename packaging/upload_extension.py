"""Uploads extension zips to Blender's platform: upload_extension.py FILE ..., with the token in BLENDER_EXTENSIONS_TOKEN.

The extension must be there already: the first version is sent by hand. Standard library only: nothing is installed beside a token.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

__all__ = ["PLATFORM", "upload"]

PLATFORM = "https://extensions.blender.org"
_PATIENT_S = 600.0


def upload(zips: list[Path], token: str, platform: str = PLATFORM) -> None:
    """Raises SystemExit with what the platform said to the first file that it does not take; the others stay unsent."""
    for path in zips:
        manifest = _manifest(path)
        boundary = secrets.token_hex(16)
        request = urllib.request.Request(
            f"{platform}/api/v1/extensions/{manifest['id']}/versions/upload/",
            data=_form(path, f"Kinetix Emotes {manifest['version']}: see CHANGELOG.md.", boundary),
            headers={"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENT_S):
                print(f"{path.name}: sent")
        except urllib.error.HTTPError as error:
            said = error.read(4000).decode("utf-8", "replace").replace(token, "…")
            sys.exit(f"{path.name}: the platform answers {error.code}. {said}")
        except OSError as error:
            sys.exit(f"{path.name}: the platform cannot be reached. {error}")


def _manifest(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return tomllib.loads(file.read("blender_manifest.toml").decode("utf-8"))


def _form(path: Path, notes: str, boundary: str) -> bytes:
    head = 'Content-Disposition: form-data; name="'
    parts = (
        f'{head}release_notes"\r\n\r\n{notes}\r\n'.encode(),
        f'{head}version_file"; filename="{path.name}"\r\nContent-Type: application/zip\r\n\r\n'.encode(),
    )
    line = f"--{boundary}".encode()
    return b"".join((line, b"\r\n", parts[0], line, b"\r\n", parts[1], path.read_bytes(), b"\r\n", line, b"--\r\n"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Uploads extension zips to Blender's platform.")
    parser.add_argument("zips", nargs="+", type=Path)
    given = os.environ.get("BLENDER_EXTENSIONS_TOKEN", "")
    if not given:
        sys.exit("BLENDER_EXTENSIONS_TOKEN has no token.")
    upload(parser.parse_args().zips, given)
