"""TLS: a certificate that is not trusted sees neither key nor clip; a CA of the house works in both ways of naming it."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kinetix_core.api import Client
from kinetix_core.api.errors import Cancelled, ConnectionFailed, RedirectRefused, TimedOut
from kinetix_core.values.errors import KinetixError
from tests.faults.hostile import KEY, TOKEN, client_of, good_token
from tests.support.raw_server import Exchange, RawServer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A CA of its own for 127.0.0.1: certificate and key as PEM."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Studio CA")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "ca.pem", folder / "key.pem"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(certificate: tuple[Path, Path]) -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with RawServer(lambda exchange: exchange.json(200, {"uuid": "u"}), tls=context) as raw:
        yield raw


@pytest.fixture
def client(server: RawServer, certificate: tuple[Path, Path]) -> Iterator[Client]:
    """One that trusts the server."""
    with client_of(server.url, attempts=3, ca_file=certificate[0]) as trusting:
        yield trusting


def test_a_certificate_that_is_not_trusted_sees_nothing(server: RawServer, tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(b"secret")
    with client_of(server.url, attempts=3) as client:
        for ask in (
            lambda: client.emotes.get("u"),
            lambda: client.process.create(TOKEN, clip),
            lambda: client.download("/a.bin", tmp_path / "b"),
        ):
            with pytest.raises(ConnectionFailed) as caught:
                ask()
            assert caught.value.code == "tls" and "REQUESTS_CA_BUNDLE" in caught.value.next_step
    assert not server.requests


def test_a_ca_file_works(server: RawServer, client: Client, tmp_path: Path) -> None:
    assert client.emotes.get("u").uuid == "u"
    assert client.download("/a.bin", tmp_path / "a.bin").size > 0
    assert server.requests[0].headers["x-api-key"] == KEY and "x-api-key" not in server.requests[1].headers


def test_the_environment_s_bundle_works(
    server: RawServer, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    with client_of(server.url) as client:
        assert client.emotes.get("u").uuid == "u"


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_ca_file_counts_before_the_environment_s(
    client: Client, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, requests.utils.DEFAULT_CA_BUNDLE_PATH)
    assert client.emotes.get("u").uuid == "u"


def test_the_name_has_to_fit(server: RawServer, certificate: tuple[Path, Path]) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    with client_of(url, ca_file=certificate[0]) as client, pytest.raises(ConnectionFailed) as caught:
        client.emotes.get("u")
    assert caught.value.code == "tls" and not server.requests


def test_a_clip_over_tls(server: RawServer, client: Client, tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(bytes(range(256)) * 12_000)

    def accept(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.json(201, {"uuid": "p"})

    server.handler = good_token(accept)
    assert client.process.create(TOKEN, clip).uuid == "p"
    assert clip.read_bytes() in server.requests[-1].body


def test_no_step_down_to_plain_http(server: RawServer, client: Client, tmp_path: Path) -> None:
    with RawServer() as plain:
        server.handler = lambda exchange: exchange.answer(302, Location=f"{plain.url}/x")
        for ask in (lambda: client.download("/a.bin", tmp_path / "a.bin"), lambda: client.emotes.get("u")):
            with pytest.raises(RedirectRefused):
                ask()
        assert not plain.requests


def test_a_drip_and_a_cancel_end_over_tls(server: RawServer, certificate: tuple[Path, Path], tmp_path: Path) -> None:
    def drip(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nX-Pad: ")
        exchange.drip(b"a" * 5000, 0.1)
        dripped.set()

    def hang(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nabc")
        silent.set()
        exchange.hang()

    dripped, silent = threading.Event(), threading.Event()
    with client_of(server.url, ca_file=certificate[0], call_s=1.0) as client:
        server.handler = drip
        with pytest.raises((TimedOut, KinetixError)):
            client.process.token_status(TOKEN)
        server.handler = hang
        with pytest.raises(Cancelled):
            client.download("/a.bin", tmp_path / "a.bin", cancelled=silent.is_set)
    assert not dripped.is_set(), "the client did not wait for the end"
