"""Fetches a video file from the web: http(s) only, public addresses only, checked at the address that is really called."""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from kinetix_core import files
from kinetix_local.api.errors import ApiError
from kinetix_local.store.settings import Settings

__all__ = ["fetch", "look"]

_KINDS = {
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/mp2t": "ts",
    "video/ogg": "ogv",
}
_TIMEOUT_S = 10.0
_TOTAL_S = 300.0
_MOST_BYTES = 512 << 20
_REDIRECTS = 3


def look(url: str, settings: Settings) -> dict[str, Any]:
    """Name, type and size of the video at `url`.

    Raises:
        ApiError: 404, 413 or 422, as the API has them.
    """
    answer = _open(url, settings)
    with answer:
        name, extension, size = _describe(answer)
        return {
            "title": name,
            "ext": extension,
            "filesize": size,
            "webpage_url": url,
            "url": url,
            "extractor": "generic",
        }


def fetch(url: str, settings: Settings, target: Path) -> tuple[str, str, Path, int]:
    """Downloads to `target` and syncs it; returns (name, extension, target, bytes)."""
    from urllib3.exceptions import HTTPError, TimeoutError

    answer = _open(url, settings)
    began, size = time.monotonic(), 0
    try:
        with answer, files.open_new(target) as file:
            name, extension, _ = _describe(answer)
            while chunk := answer.raw.read(1 << 20):
                size += file.write(chunk)
                if size > _MOST_BYTES:
                    raise ApiError(413, "Video is too long", "videoTooLong")
                if time.monotonic() - began > _TOTAL_S:
                    raise ApiError(422, "Service time out", "timeOut")
            file.flush()
            os.fsync(file.fileno())
    except (OSError, TimeoutError) as error:
        target.unlink(missing_ok=True)
        raise ApiError(422, "Service time out", "timeOut") from error
    except HTTPError as error:  # the host closed in the middle
        target.unlink(missing_ok=True)
        raise ApiError(422, "Unsupported URL", "unsupportedURL") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return name, extension, target, size


def _open(url: str, settings: Settings) -> Any:
    import requests
    from requests import exceptions

    for _ in range(_REDIRECTS + 1):
        _check_address(url, settings)
        try:
            answer = requests.get(
                url, stream=True, timeout=_TIMEOUT_S, allow_redirects=False, headers={"accept-encoding": "identity"}
            )
        except requests.Timeout as error:
            raise ApiError(422, "Service time out", "timeOut") from error
        except (exceptions.ConnectionError, exceptions.ContentDecodingError) as error:
            # Nobody there, or closed without an answer: the address may be right, but nothing can be had from it.
            raise ApiError(422, "Unsupported URL", "unsupportedURL") from error
        except (requests.RequestException, ValueError) as error:
            raise ApiError(422, "Bad URL", "badURL") from error
        if answer.is_redirect:
            url = urljoin(url, answer.headers["location"])
            answer.close()
            continue
        if not settings.import_private:
            _check_peer(answer)
        if answer.status_code == 404:
            raise ApiError(404, "Not found", "videoNotFound")
        if answer.status_code != 200:
            raise ApiError(422, "Unsupported URL", "unsupportedURL")
        return answer
    raise ApiError(422, "Bad URL", "badURL")


def _check_address(url: str, settings: Settings) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ApiError(422, "Bad URL", "badURL") from error
    if parts.scheme not in {"http", "https"} or not host or parts.username:
        raise ApiError(422, "Unsupported URL", "unsupportedURL")
    if settings.import_private:
        return
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ApiError(422, "Unsupported URL", "unsupportedURL") from error
    if not all(_public(str(entry[4][0])) for entry in found):
        raise ApiError(422, "Unsupported URL", "unsupportedURL")


def _check_peer(answer: Any) -> None:
    """The name may have been resolved to another address for the call itself than for the check."""
    connection = getattr(answer.raw, "_connection", None) or getattr(answer.raw, "connection", None)
    peer = getattr(connection, "sock", None)
    if peer is not None and not _public(str(peer.getpeername()[0])):
        answer.close()
        raise ApiError(422, "Unsupported URL", "unsupportedURL")


def _public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast


def _describe(answer: Any) -> tuple[str, str, int | None]:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    name = unquote(urlsplit(answer.url).path.rsplit("/", 1)[-1])[:200] or "video"
    extension = _KINDS.get(kind)
    if extension is None:
        raise ApiError(422, "Not an video url", "unsupportedURL")
    length = answer.headers.get("content-length", "")
    size = int(length) if length.isdigit() else None
    if size is not None and size > _MOST_BYTES:
        raise ApiError(413, "Video is too long", "videoTooLong")
    return name, extension, size
