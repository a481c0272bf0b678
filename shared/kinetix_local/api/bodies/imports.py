"""Fetches a video file from the web: http(s) only, public addresses only, checked before the connection is made."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from kinetix_core.api.guard import Adapter, Guard, guarded
from kinetix_core.io import files
from kinetix_local.api.errors import ApiError
from kinetix_local.store.sql.settings import Settings

if TYPE_CHECKING:
    import requests

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
_TIMEOUT_S = 10.0  # without a byte
_LOOK_S, _FETCH_S = 20.0, 300.0  # in all, redirects included, however slowly the bytes come
_MOST_BYTES = 512 << 20
_REDIRECTS = 3
_UNICAST, _NAT64 = ipaddress.IPv6Network("2000::/3"), ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # before the IPv4 address in the last 32 bits


def look(
    url: str, settings: Settings, cancelled: Callable[[], bool] | None = None, *, seconds: float = _LOOK_S
) -> dict[str, Any]:
    """Name, type and size of the video at `url`. `cancelled` is asked ten times a second.

    Raises:
        ApiError: 404, 413 or 422, as the API has them.
    """
    with _opened(url, settings, seconds, cancelled) as answer:
        name, extension, size = _describe(answer)
        return {
            "title": name,
            "ext": extension,
            "filesize": size,
            "webpage_url": url,
            "url": url,
            "extractor": "generic",
        }


def fetch(
    url: str,
    settings: Settings,
    target: Path,
    cancelled: Callable[[], bool] | None = None,
    *,
    seconds: float = _FETCH_S,
) -> tuple[str, str, Path, int]:
    """Download to `target` and sync it; return (name, extension, target, bytes)."""
    size = 0
    try:
        with _opened(url, settings, seconds, cancelled) as answer, files.open_new(target) as file:
            name, extension, _ = _describe(answer)
            while chunk := answer.raw.read(1 << 20):
                size += file.write(chunk)
                if size > _MOST_BYTES:
                    raise ApiError(413, "Video is too long", "videoTooLong")
            file.flush()
            files.sync_handle(file.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return name, extension, target, size


@contextlib.contextmanager
def _opened(
    url: str, settings: Settings, limit_s: float, cancelled: Callable[[], bool] | None
) -> Iterator[requests.Response]:
    """The answer with the video. A socket's own timeout starts anew with every byte, so a guard ends it all after `limit_s`."""
    import requests
    from urllib3.exceptions import HTTPError, TimeoutError

    session = requests.Session()
    if not settings.import_private:
        session.trust_env = False  # a proxy would look the name up itself, and .netrc holds passwords
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(allows=None if settings.import_private else _is_public))
    with guarded(Guard(deadline_s=limit_s, cancelled=cancelled)) as guard, session:
        try:
            with _open(session, url) as answer:
                yield answer
        except (OSError, TimeoutError) as error:
            raise ApiError(422, "Service time out", "timeOut") from error
        except HTTPError as error:  # the host closed in the middle
            raise _closed(guard) from error
        except ApiError as error:
            raise (_closed(guard) if guard.fired else error) from error
        if guard.fired:  # the end of a body of unknown length looks like this as well
            raise _closed(guard)


def _closed(guard: Guard) -> ApiError:
    if guard.fired:
        return ApiError(422, "Service time out", "timeOut")
    return ApiError(422, "Unsupported URL", "unsupportedURL")


def _open(session: requests.Session, url: str) -> requests.Response:
    import requests
    from requests import exceptions

    for _ in range(_REDIRECTS + 1):
        _check_form(url)
        try:
            answer = session.get(
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
            answer.close()
            try:
                url = urljoin(url, answer.headers["location"])
            except ValueError as error:
                raise ApiError(422, "Bad URL", "badURL") from error
            continue
        if answer.status_code == 404:
            raise ApiError(404, "Not found", "videoNotFound")
        if answer.status_code != 200:
            raise ApiError(422, "Unsupported URL", "unsupportedURL")
        return answer
    raise ApiError(422, "Bad URL", "badURL")


def _check_form(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # the port may be none
    except ValueError as error:
        raise ApiError(422, "Bad URL", "badURL") from error
    if parts.scheme not in {"http", "https"} or not host or parts.username:
        raise ApiError(422, "Unsupported URL", "unsupportedURL")


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        last = str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
        if found in _NAT64:
            return _is_public(last)
        if embedded := [one for one in (found.ipv4_mapped, found.sixtofour, *(found.teredo or ())) if one is not None]:
            return all(_is_public(str(one)) for one in embedded)
        if found not in _UNICAST or ((int(found) >> 32) & 0xFFFFFFFF in _ISATAP and not _is_public(last)):
            return False
    return found.is_global and not found.is_multicast


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
