"""Webhooks: checked over the raw bytes, acted on once, and only as far as the API confirms them."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from kinetix_core.api import Client, Retry, webhooks
from kinetix_core.api.models import Process
from kinetix_core.api.webhooks import Event, Receiver, SignatureError, parse, sign, verify
from kinetix_core.io import files
from kinetix_core.protocol.hub.enumerations import ProfileKind
from kinetix_core.serving.peer_identity import LOCAL_PATH, PeerIdentity
from kinetix_core.values.errors import InputError
from kinetix_hub.cli.webhook_server import Listener
from tests.support import tools
from tests.support.raw_server import Exchange, RawServer
from tests.support.waiting import LIMIT_S

KEY, OTHER = "0123456789abcdef" * 2, "f" * 32
BODY = b'{"uuid":"u1","user":"steam-123","status":"done","emote":"e1","name":"spin \xc3\xbc"}'


def signature(body: bytes, key: str = KEY) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.quick
@pytest.mark.parametrize("header", ["x-signature", "X-Signature", "X-SIGNATURE"])
@pytest.mark.parametrize("keys", [[KEY], [OTHER, KEY], [KEY, OTHER], ["", KEY]])
def test_a_right_signature_of_any_key(header: str, keys: list[str]) -> None:
    verify(BODY, {"Content-Type": "application/json", header: signature(BODY)}, keys)
    assert sign(BODY, KEY) == signature(BODY)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("body", "headers", "keys"),
    [
        (BODY, {}, [KEY]),
        (BODY, {"x-signature": ""}, [KEY]),
        (BODY, {"x-signature": signature(BODY)}, [OTHER]),
        (BODY, {"x-signature": signature(BODY)}, []),
        (BODY, {"x-signature": signature(BODY, "")}, [""]),
        (BODY + b" ", {"x-signature": signature(BODY)}, [KEY]),
        (BODY, {"x-signature": signature(BODY).upper()}, [KEY]),
        (BODY, {"x-signature": signature(BODY)[:-1]}, [KEY]),
        (BODY, {"x-signature": "ü" * 64}, [KEY]),
    ],
)
def test_anything_else_is_refused(body: bytes, headers: dict[str, str], keys: list[str]) -> None:
    with pytest.raises(SignatureError) as caught:
        verify(body, headers, keys)
    assert KEY not in str(caught.value.as_dict())


@pytest.mark.quick
def test_the_event_keeps_what_nobody_knows() -> None:
    value = {
        "uuid": "u",
        "user": "p",
        "status": "singing",
        "emote": "e",
        "progression": 41,
        "mlRemaining": 60,
        "x": [1],
    }
    event = parse(json.dumps(value).encode())
    assert event.json_value() == value and event.ml_remaining == 60


@pytest.mark.quick
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"uuid":1,"status":"done"}', b"\xff", b"[" * 100_000])
def test_a_broken_event_is_an_input_error(body: bytes) -> None:
    with pytest.raises(InputError):
        parse(body)


class Api:
    """Answers for processes; `problem` makes it fail."""

    def __init__(self) -> None:
        self.problem = False
        self.step = "done"

    def __call__(self, exchange: Exchange) -> None:
        uuid = exchange.path.rsplit("/", 1)[1]
        if self.problem or uuid == "unknown":
            exchange.json(404 if uuid == "unknown" else 500, {"message": "no"})
        else:
            exchange.json(200, {"uuid": uuid, "step": self.step, "name": "as the API has it"})


class Bench:
    def __init__(self, client: Client, api: Api) -> None:
        self.api = api
        self.acted: list[tuple[Event, Process]] = []
        self.receiver = Receiver(
            [KEY], client, lambda event, process: self.acted.append((event, process)), remembered=3
        )

    def send(self, status: str, uuid: str = "u1", key: str = KEY, **more: Any) -> webhooks.Outcome:
        body = json.dumps({"uuid": uuid, "status": status, "user": "p", "emote": "e", "name": "n", **more}).encode()
        return self.receiver.handle(body, {"x-signature": signature(body, key)})


@pytest.fixture
def bench() -> Iterator[Bench]:
    api = Api()
    with RawServer(api) as server, Client(server.url, KEY, retry=Retry(attempts=1)) as client:
        yield Bench(client, api)


def test_each_step_is_acted_on_once_with_the_process_as_it_is_now(bench: Bench) -> None:
    steps = ["baking", "processing", "done", "gta_done", "validated", "rejected", "unheard of"]
    for status in steps:
        for _ in range(2 if status in ("done", "gta_done") else 1):
            assert bench.send(status).status == 200
    assert [event.status for event, _ in bench.acted] == steps
    assert {process.name for _, process in bench.acted} == {"as the API has it"}


def test_progress_goes_only_forward(bench: Bench) -> None:
    for percent in (10, 30, 30, 20, 31):
        bench.send("processing", progression=percent)
    assert [event.progression for event, _ in bench.acted] == [10, 30, 31]


def test_backward_steps_are_dropped(bench: Bench) -> None:
    assert bench.send("done").acted
    assert bench.send("processing", progression=99).reason == bench.send("baking").reason == "a step back"
    assert bench.send("processing", uuid="u2").acted, "another process has its own order"


def test_a_forgery_changes_nothing(bench: Bench) -> None:
    outcome = bench.send("done", key=OTHER)
    assert (outcome.status, outcome.body, outcome.acted) == (403, {"error": "Invalid hmac signature"}, False)
    assert bench.send("done").acted


def test_what_the_api_does_not_confirm_is_not_acted_on(bench: Bench) -> None:
    assert bench.send("done", uuid="unknown").status == 503
    bench.api.problem = True
    assert bench.send("done").status == 503 and not bench.acted
    bench.api.problem = False
    assert bench.send("done").acted, "a repeat after a failure is let through"


def test_a_signed_message_of_another_shape(bench: Bench) -> None:
    body = b'{"hello": 1}'
    assert bench.receiver.handle(body, {"x-signature": signature(body)}).status == 400


def test_memory_of_the_receiver_is_bounded(bench: Bench) -> None:
    for index in range(6):
        assert bench.send("baking", uuid=f"u{index}").acted
    assert not bench.send("baking", uuid="u3").acted and bench.send("baking", uuid="u0").acted, (
        "the oldest is forgotten"
    )


def test_the_listener_bears_bad_requests(bench: Bench) -> None:
    seen: list[webhooks.Outcome] = []
    listener = Listener(bench.receiver, log=seen.append)
    thread = threading.Thread(target=listener.serve, daemon=True)
    thread.start()
    try:
        good = requests.post(listener.url, data=BODY, headers={"x-signature": signature(BODY)}, timeout=LIMIT_S)
        assert (good.status_code, good.json()) == (200, {})
        assert requests.post(listener.url, data=BODY, timeout=LIMIT_S).status_code == 403
        assert requests.post(listener.url + "/x", data=BODY, timeout=LIMIT_S).status_code == 404
        assert requests.post(listener.url, data=iter([BODY]), timeout=LIMIT_S).status_code == 411
        assert requests.post(listener.url, headers={"Content-Length": str(2 << 20)}, timeout=LIMIT_S).status_code == 413
        assert requests.get(listener.url, timeout=LIMIT_S).status_code == 501
    finally:
        listener.shutdown()
        thread.join(LIMIT_S)
    assert [outcome.acted for outcome in seen] == [True, False]


def test_the_command_without_a_key_says_what_to_do() -> None:
    command = [str(tools.kinetix()), "webhook", "listen", "--port", "0", "--json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "noKey"


def test_the_command_takes_key_and_address_of_a_profile() -> None:
    from kinetix_core.io import paths
    from kinetix_hub.cli.webhook import _connection
    from kinetix_hub.keys.profiles import Profiles
    from kinetix_hub.keys.store import KeyStore

    Profiles(paths.hub_folder() / "profiles.json").put("studio", ProfileKind.CUSTOM, "https://api.studio.example", "p")
    KeyStore(paths.hub_folder() / "keys.json", {}, lambda *given: None).put("studio", KEY)
    assert _connection(None, None, "studio") == ("https://api.studio.example", [KEY], None)
    with pytest.raises(InputError) as caught:
        _connection(None, None, None)
    assert caught.value.code == "noKey"
    told = {"url": "http://127.0.0.1:5", "apiKey": OTHER, "pid": 1, "startId": "s", "adminToken": "t"}
    files.write(paths.local() / "serve.json", json.dumps(told), private=True)
    assert _connection(None, None, "local") == ("http://127.0.0.1:5", [OTHER], PeerIdentity(LOCAL_PATH, "s", "t"))
