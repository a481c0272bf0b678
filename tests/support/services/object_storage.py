"""Object storage for tests: moto's server over real HTTP, and what may stand before it in a bad hour.

Buckets cost nothing, so every test, or every module with a service of its own, has one.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.support.raw_server import Exchange, RawServer
from tests.support.waiting import LIMIT_S

KEYS = {"AWS_ACCESS_KEY_ID": "test-key", "AWS_SECRET_ACCESS_KEY": "test-secret-of-the-storage"}
_NUMBER = itertools.count(1)


@dataclass(frozen=True)
class ObjectStorage:
    """`url` of a server that speaks S3."""

    url: str

    def bucket(self) -> str:
        """The name of a new one."""
        name = f"bucket-{next(_NUMBER)}"
        assert requests.put(f"{self.url}/{name}", timeout=LIMIT_S).status_code == 200
        return name

    def address(self, bucket: str, **options: str) -> str:
        """Return the storage's address for a service."""
        rest = "".join(f"&{name}={value}" for name, value in options.items() if name != "endpoint")
        return f"s3://{bucket}/kinetix?endpoint={options.get('endpoint', self.url)}{rest}"

    def names(self, bucket: str) -> list[str]:
        """Return the name of every object, without the folder."""
        text = requests.get(f"{self.url}/{bucket}?list-type=2", timeout=LIMIT_S).text
        return [part.partition("</Key>")[0].removeprefix("kinetix/") for part in text.split("<Key>")[1:]]

    def delete(self, bucket: str, name: str = "") -> None:
        """An object, or the bucket."""
        self._call("DELETE", self.object(bucket, name) if name else f"{self.url}/{bucket}")

    def put(self, bucket: str, name: str, content: bytes, **headers: str) -> None:
        """Write an object as another owner of the keys."""
        self._call("PUT", self.object(bucket, name), content, {f"x-amz-meta-{key}": headers[key] for key in headers})

    def has(self, bucket: str, name: str) -> bool:
        return self._ask("HEAD", self.object(bucket, name)).ok

    def _call(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        assert self._ask(method, url, body, headers).ok

    def _ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        signed = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        sent = {"authorization": signed, **(headers or {})}
        return requests.request(method, url, data=body, headers=sent, timeout=LIMIT_S)

    def object(self, bucket: str, name: str) -> str:
        return f"{self.url}/{bucket}/kinetix/{name}"


@pytest.fixture(scope="session")
def object_storage() -> Iterator[ObjectStorage]:
    """Import it into a module that needs it."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield ObjectStorage(f"http://{host}:{port}")
    finally:
        server.stop()


@pytest.fixture(scope="module")
def bucket(object_storage: ObjectStorage) -> str:
    """One that the tests of a module have in common. Import it as `object_storage`."""
    return object_storage.bucket()


@dataclass
class Answer:
    """Answer of the storage to the client."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextlib.contextmanager
def before(storage: ObjectStorage) -> Iterator[RawServer]:
    """A server that hands everything on to the storage. A test puts its own `handler` there, most often around `hand_on`."""
    with RawServer(lambda exchange: hand_on(storage, exchange)) as server:
        yield server


def hand_on(storage: ObjectStorage, exchange: Exchange, change: Callable[[Answer], None] | None = None) -> None:
    """Ask the storage; `change` may do something to its answer."""
    connection = http.client.HTTPConnection(storage.url.rpartition("/")[2], timeout=LIMIT_S)
    with contextlib.closing(connection):
        connection.request(exchange.method, exchange.path, body=exchange.read_body(), headers=exchange.headers)
        found = connection.getresponse()
        given: dict[str, Any] = {name.lower(): value for name, value in found.getheaders()}
        answer = Answer(found.status, given, found.read())
    if change is not None:
        change(answer)
    if exchange.method != "HEAD":
        answer.headers["content-length"] = str(len(answer.body))
    head = [f"HTTP/1.1 {answer.status} Status", *(f"{name}: {value}" for name, value in answer.headers.items())]
    exchange.send("\r\n".join([*head, "connection: close", "", ""]).encode("latin-1") + answer.body)
