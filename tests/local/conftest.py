"""One running service for the tests that need no settings of their own, and a world of its own for each test that wants one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.support.service import Running, running
from tests.support.services.postgres import postgres_url

__all__ = ["World", "new_world", "postgres_url"]

_NUMBER = itertools.count(1)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("kinetix-local")) as started:
        yield started


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("kinetix-strict"), "--strict", "2024") as started:
        yield started


@dataclass
class World:
    """A fresh virtual world with a key for everything."""

    service: Running
    uuid: str
    key: str

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.service.call(method, path, key=options.pop("key", self.key), **options)

    def configure(self, **configuration: Any) -> None:
        self.change(configuration=configuration)

    def change(self, **values: Any) -> None:
        answer = self.service.admin("PATCH", f"/worlds/{self.uuid}", json=values)
        assert answer.status_code == 200, answer.text

    def new_key(self, **values: Any) -> dict[str, Any]:
        answer = self.service.admin("POST", f"/worlds/{self.uuid}/keys", json=values)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def user(self, name: str = "player-1") -> str:
        assert self.call("POST", "/v1/virtual-world/users", json={"id": name}).status_code in {200, 409}
        return name

    def token(self, user: str = "player-1") -> dict[str, Any]:
        answer = self.call("GET", "/v1/process/token", params={"userId": self.user(user)})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def upload(self, clip: bytes = b"a clip", user: str = "player-1", **fields: Any) -> dict[str, Any]:
        answer = self.service.upload(self.token(user)["uuid"], clip, **fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def emote(self, user: str = "player-1", clip: bytes = b"a clip", **fields: Any) -> dict[str, Any]:
        """The finished process of a new emote."""
        return self.finished(self.upload(clip, user, **fields)["uuid"])

    def finished(self, process: str) -> dict[str, Any]:
        """The process once it works no more."""
        with_key = Running(**{**self.service.__dict__, "info": {**self.service.info, "apiKey": self.key}})
        return with_key.finished(process)


def new_world(service: Running) -> World:
    answer = service.admin("POST", "/worlds", json={"name": f"world {next(_NUMBER)}"})
    assert answer.status_code == 201, answer.text
    uuid = answer.json()["uuid"]
    key = service.admin("POST", f"/worlds/{uuid}/keys", json={}).json()["key"]
    return World(service, uuid, key)


@pytest.fixture
def world(service: Running) -> World:
    return new_world(service)


@pytest.fixture
def strict_world(strict: Running) -> World:
    return new_world(strict)
