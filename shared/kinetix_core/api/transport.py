"""The one place that talks HTTP: addresses, keys, redirects, time limits, repeats, and answers turned into values or errors.

TLS is always checked. A key goes only to the API's own origin. No cookies, no .netrc. Every wait and every answer has a limit.
"""

from __future__ import annotations

import ipaddress
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from kinetix_core import __version__
from kinetix_core.api.errors import ApiError, BadAnswer, ConnectionFailed, RedirectRefused, for_status, read_problem
from kinetix_core.api.guard import Adapter, Guard, guarded
from kinetix_core.api.network_errors import failure
from kinetix_core.api.retry import Retry, parse_retry_after
from kinetix_core.io.untrusted_json import TooMany, read_json
from kinetix_core.serving.peer_identity import PeerIdentity
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.wording import worded

CLOUD = "https://sdk-api.kinetix.tech"
SUCCESS = {200, 201, 204, 208}
_REDIRECTS = {301, 302, 303, 307, 308}
_PIECE = 1 << 16


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes that no call goes beyond.

    Attributes:
        connect_s: to reach the server.
        read_s: without a single byte.
        call_s: one try of a call, from the first byte out to the last byte in.
        answer_bytes: of a JSON answer, unpacked.
        error_bytes: of an error body; the rest is not read.
        slow_bytes, slow_s: a transfer that moves less than `slow_bytes` in `slow_s` seconds has stalled.
        transfer_s: one try of a transfer.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    call_s: float = 120.0
    answer_bytes: int = 64 << 20
    error_bytes: int = 256 << 10
    slow_bytes: int = 1024
    slow_s: float = 60.0
    transfer_s: float = 6 * 3600.0


@dataclass(frozen=True)
class Answer:
    """A success. `value` is the JSON value, or None for an empty body."""

    status: int
    headers: Mapping[str, str]
    value: Any

    @property
    def cached(self) -> bool:
        """208 (docs/api-contract.md#2.5): answered from the server's cache."""
        return self.status == 208


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ValueError for an address that is not http or https."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not an http or https address")
    return parts.scheme, parts.hostname.lower(), parts.port or (443 if parts.scheme == "https" else 80)


def joined(base: str, url: str) -> str:
    """`url` as seen from `base`; "" where that is no http or https address."""
    try:
        found = urljoin(base, url)
        origin(found)
    except ValueError:
        return ""
    return found


def refusal(response: requests.Response, body: bytes, method: str, path: str) -> ApiError:
    """The error that an answer stands for which is no success."""
    problem = read_problem(body)
    return for_status(response.status_code)(
        status=response.status_code,
        method=method,
        path=path,
        error_code=problem.code,
        message=problem.message,
        details=problem.details,
        data=problem.data,
        retry_after_s=parse_retry_after(response.headers.get("retry-after")),
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Transport:
    """One per base address and key. Safe for several threads; `close()` when done.

    Args:
        base_url: the cloud's by default.
        key: the virtual world's key, or "" (then only routes without a key work).
        ca_file: certificates to trust, PEM; else `REQUESTS_CA_BUNDLE`, else the built-in ones. TLS checks cannot be turned off.
        proxies: scheme → address, as in `requests`; else the usual variables. Never used for this machine itself.
        identity: of the service on this machine that must be behind `base_url`; every connection is tried before it is used.
    """

    def __init__(
        self,
        base_url: str = CLOUD,
        key: str = "",
        *,
        ca_file: str | Path | None = None,
        proxies: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        user_agent: str = "",
        identity: PeerIdentity | None = None,
    ) -> None:
        try:
            self.origin = origin(base_url)
        except ValueError as error:
            raise InputError(
                worded("“{address}” is not a valid API address.", address=base_url),
                code="badAddress",
                next_step="Give an address such as https://sdk-api.kinetix.tech.",
            ) from error
        key = key.strip()  # a line break often comes along with a copy
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise InputError("The key contains invalid characters.", code="badKey", next_step="Copy the key again.")
        self.base_url = base_url.rstrip("/")
        self.limits = limits or Limits()
        self.retry = retry or Retry()
        self._key = key
        verify: str | bool = True
        if ca_file is not None:
            if not isinstance(ca_file, (str, Path)) or not Path(ca_file).is_file():
                raise InputError(
                    "The certificate authority's file is missing.",
                    code="badCaFile",
                    detail=str(ca_file),
                    next_step="Check the path of the PEM file.",
                )
            verify = str(ca_file)
        agent = user_agent or f"kinetix-bridge/{__version__} Python/{platform.python_version()}"
        # Two sessions, so that nothing of a call to the API can ride along to a file host.
        self._api = _session(agent, verify, proxies)
        self._files = _session(agent, verify, proxies)
        self._near = _session(agent, verify, None)
        self._near.trust_env = False
        if identity is not None:
            self._near.mount(f"{self.base_url}/", Adapter(identity=identity, pool_maxsize=16))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections."""
        for session in (self._api, self._files, self._near):
            session.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        token: str | None = None,
        anonymous: bool = False,
        safe: bool | None = None,
    ) -> Answer:
        """One call of the API, repeated as `retry` says if it is `safe` (by default: GET).

        Args:
            path: from the root, e.g. `/v1/users/p1/emotes`.
            query: values None are left out, booleans become `true` and `false`.
            token: sends it as `x-api-token` in place of the key.
            anonymous: sends neither.

        Raises:
            ApiError: by status (`kinetix_core.api.errors`).
            ConnectionFailed, TimedOut, BadAnswer, RedirectRefused.
        """
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["x-api-token"] = token
        elif not anonymous and self._key:
            headers["x-api-key"] = self._key
        params = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        repeat = method == "GET" if safe is None else safe
        started, attempt, may_have_arrived = self.retry.clock(), 0, False
        while True:
            attempt += 1
            try:
                return self._once(method, path, params, json, headers)
            except KinetixError as error:
                if may_have_arrived and method == "DELETE" and getattr(error, "status", 0) == 404:
                    return Answer(204, {}, None)  # the try whose answer was lost did it
                may_have_arrived = may_have_arrived or (isinstance(error, ConnectionFailed) and error.sent)
                wait = self.retry.wait_s(attempt, error, safe=repeat, started=started)
                if wait is None:
                    raise
                self.retry.sleep(wait)

    def _once(self, method: str, path: str, params: Any, json: Any, headers: dict[str, str]) -> Answer:
        url = self.url(path)
        with guarded(Guard(deadline_s=self.limits.call_s)) as guard:
            for _ in range(6):
                sent = {"params": params, "json": json, "headers": headers}
                with self._request(self._api, method, url, path, guard, **sent) as response:
                    if guard.fired:
                        raise failure(OSError("over"), guard, method, path)
                    if response.status_code in _REDIRECTS and "location" in response.headers:
                        url, params = self.same_origin(url, response.headers["location"], method), None
                        continue
                    return self.answer(response, guard, method, path)
        raise RedirectRefused(f"{method} {path}: redirects without end")

    def answer(self, response: requests.Response, guard: Guard, method: str, path: str) -> Answer:
        """Read a response of the API and return its value, or raises the error it stands for."""
        good = response.status_code in SUCCESS
        body = self._body(response, guard, method, path, good)
        if good:
            if not body and response.status_code == 200 and _was_cut(response.headers):
                raise ConnectionFailed("The connection closed before the answer.", detail=f"{method} {path}")
            if not body.strip():
                return Answer(response.status_code, response.headers, None)
            try:
                return Answer(response.status_code, response.headers, read_json(body))
            except TooMany as error:
                raise BadAnswer("The API's answer has too many values.", detail=f"{method} {path}") from error
            except ValueError as error:
                kind = response.headers.get("content-type", "no type")
                shown = read_problem(body).message
                raise BadAnswer(
                    "The API's answer is not JSON.", detail=f"{method} {path} → {response.status_code}, {kind}: {shown}"
                ) from error
        raise refusal(response, body, method, path)

    def _body(self, response: requests.Response, guard: Guard, method: str, path: str, good: bool) -> bytes:
        limit = self.limits.answer_bytes if good else self.limits.error_bytes
        pieces: list[bytes] = []
        total = 0
        try:
            while piece := response.raw.read1(_PIECE, decode_content=True):
                total += len(piece)
                if total > limit:
                    if good:
                        raise BadAnswer("The API's answer is too large.", detail=f"{method} {path}")
                    break
                pieces.append(piece)
                if guard.check():
                    raise OSError("over")
        except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
            if not good and not guard.fired:
                return b""  # the status alone says what happened
            raise failure(error, guard, method, path) from error
        return b"".join(pieces)

    def transfer_guard(self, cancelled: Callable[[], bool] | None) -> Guard:
        """Return a guard for one try of a transfer."""
        limits = self.limits
        return Guard(
            deadline_s=limits.transfer_s,
            cancelled=cancelled,
            slow_after_s=limits.slow_s,
            slow_bytes=limits.slow_bytes,
        )

    def url(self, path: str) -> str:
        return f"{self.base_url}/{path.lstrip('/')}"

    def same_origin(self, url: str, location: str, method: str) -> str:
        """Return the target of a redirect. Raises RedirectRefused if the key must not follow it."""
        target = joined(url, location)
        same = origin(target) == self.origin if target else False
        if not same:
            raise RedirectRefused(f"from {_host(url)} to {_host(target)}")
        if method != "GET":
            raise RedirectRefused(f"a {method} was redirected to {urlsplit(target).path}")
        return target

    def send(self, method: str, path: str, *, body: Any, headers: Mapping[str, str], guard: Guard) -> requests.Response:
        """Send a streaming body once, under the caller's guard. Redirects come back as answers."""
        return self._request(self._api, method, self.url(path), path, guard, data=body, headers=dict(headers))

    def _request(
        self, far: requests.Session, method: str, url: str, path: str, guard: Guard, **sent: Any
    ) -> requests.Response:
        limits = (self.limits.connect_s, self.limits.read_s)
        try:
            return self._session_for(url, far).request(
                method, url, allow_redirects=False, stream=True, timeout=limits, **sent
            )
        except (requests.RequestException, OSError, urllib3.exceptions.HTTPError, ValueError) as error:
            raise failure(error, guard, method, path) from error

    def fetch(self, url: str, headers: Mapping[str, str], guard: Guard) -> requests.Response:
        """GET of a file, wherever it lies: never with a key, following up to five redirects (never from https to http)."""
        for _ in range(6):
            scheme = self._file_scheme(url)
            response = self._request(self._files, "GET", url, urlsplit(url).path, guard, headers=dict(headers))
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return response
            response.close()
            target = joined(url, response.headers["location"])
            if scheme == "https" and self._file_scheme(target) != "https":
                raise RedirectRefused(f"from https at {_host(url)} to http at {_host(target)}")
            url = target
        raise RedirectRefused(f"{urlsplit(url).path}: redirects without end")

    def _file_scheme(self, url: str) -> str:
        try:
            return origin(url)[0]
        except ValueError as error:
            raise BadAnswer("The address of a file is invalid.", detail=url[:200]) from error

    def _session_for(self, url: str, far: requests.Session) -> requests.Session:
        if not _is_loopback(urlsplit(url).hostname or ""):
            return far
        # A proxy cannot reach this machine's own services. With https the CA settings of the environment still count.
        return self._near if url.startswith("http:") else far


class _Session(requests.Session):
    """A CA file that was given counts before one that a variable of the environment names."""

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        return super().merge_environment_settings(url, proxies, stream, self.verify if verify is None else verify, cert)


def _session(agent: str, verify: str | bool, proxies: Mapping[str, str] | None) -> requests.Session:
    session = _Session()
    session.headers.clear()
    session.headers.update({"User-Agent": agent, "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"})
    session.auth = _no_auth  # else requests would add what .netrc has for the host
    session.verify = verify
    session.proxies.update(proxies or {})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(pool_maxsize=16))
    return session


def _was_cut(headers: Mapping[str, str]) -> bool:
    """Return whether the head of an empty answer lacks its end, which `http.client` accepts as complete."""
    return "content-length" not in headers and headers.get("transfer-encoding") != "chunked"


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or "nowhere"
