"""Letting phones in: a second listener on the network that has only the upload page, behind a secret of its own.

The links that are handed out begin with `/phone/<secret>/`. The first request with it gets a cookie; everything without the cookie,
and everything but the page, its clips and its emotes, is refused. The API and the administration stay on this machine.
"""

from __future__ import annotations

import datetime
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from kinetix_core.io import files
from kinetix_core.serving.listeners import recognize

COOKIE = "kinetix_phone"
_PAGE = "/_local/page/"
_OPEN = ("/assets/", _PAGE, "/user-data/", "/v1/process/token/")
_DAYS = 365
_REFUSED = (
    b'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    b"<title>Kinetix Local</title><h1>This page opens by its link</h1><p>Scan the QR code again, or ask for a new link.</p></html>"
)


def new_secret() -> str:
    return secrets.token_urlsafe(12)


class Door:
    """ASGI application in front of another.

    Args:
        note: called with the token of every request of an upload page.
        secure: marks the cookie for HTTPS only.
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        secret: str,
        note: Callable[[str], None],
        *,
        secure: bool,
    ) -> None:
        self._app, self._note = app, note
        self._secret = secret
        self._prefix = f"/phone/{secret}"
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        head, slash, rest = path[: len(self._prefix)], path[len(self._prefix) :][:1], path[len(self._prefix) :]
        if slash in {"", "/"} and _same(head, self._prefix):
            recognize(scope, scope["client"][0])
            path = rest or "/"
            if not _is_open(path):
                await _refuse(send)
                return
            await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, self._with_cookie(send))
        elif _is_open(path) and _same(_cookie(scope), self._secret):
            recognize(scope, scope["client"][0])
            if path.startswith(_PAGE):
                self._note(path.removeprefix(_PAGE).partition("/")[0])
            await self._app(scope, receive, send)
        else:
            await _refuse(send)

    def _with_cookie(self, send: Send) -> Send:
        secure = "; Secure" if self._secure else ""
        value = f"{COOKIE}={self._secret}; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax{secure}".encode()

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"set-cookie", value)]}
            await send(message)

        return answer


def _is_open(path: str) -> bool:
    return path == "/" or path.startswith(_OPEN)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _cookie(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                return ""
            return found.value if found else ""
    return ""


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(_REFUSED))]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSED})


def address() -> str:
    """By which others on the network reach this machine: that of the way out (nothing is sent)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


@dataclass(frozen=True)
class Certificate:
    """Files in PEM, and the SHA-256 fingerprint that a careful person compares in the browser's warning."""

    chain: Path
    key: Path
    fingerprint: str


def certificate(folder: Path, host: str) -> Certificate:
    """A self-signed certificate for this machine's address, made anew when the address changed or it is about to end."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    chain, key_path = folder / "tls" / "certificate.pem", folder / "tls" / "key.pem"
    now = datetime.datetime.now(datetime.UTC)
    wanted = [x509.IPAddress(ipaddress.ip_address(host)), x509.DNSName("localhost")]
    if chain.is_file() and key_path.is_file():
        known = x509.load_pem_x509_certificate(chain.read_bytes())
        names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if list(names) == wanted and known.not_valid_after_utc > now + datetime.timedelta(days=7):
            return Certificate(chain, key_path, _fingerprint(known.fingerprint(hashes.SHA256())))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kinetix Local on this computer")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files.write(key_path, private.decode("ascii"), private=True)
    files.write(chain, made.public_bytes(serialization.Encoding.PEM).decode("ascii"), private=True)
    return Certificate(chain, key_path, _fingerprint(made.fingerprint(hashes.SHA256())))


def _fingerprint(digest: bytes) -> str:
    return digest.hex(":").upper()
