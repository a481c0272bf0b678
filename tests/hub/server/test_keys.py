"""Sources of a key, its secrecy, and keyrings that hang."""

from __future__ import annotations

import json
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.enumerations import ProfileKind
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.errors import InputError
from kinetix_hub.keys import ring
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.keys.store import KeyStore
from tests.support.waiting import LIMIT_S

KEY = "0123456789abcdef" * 2


class Ring:
    """A keyring of the test. `state`: open, absent or locked."""

    def __init__(self, state: str = "open", **kept: str) -> None:
        self.state, self.kept, self.asked = state, dict(kept), 0

    def __call__(self, action: str, name: str, secret: str = "", **_: Any) -> str | None:
        self.asked += 1
        if self.state == "locked":
            raise ring.RingTimeout
        if self.state == "absent":
            return None
        if action == "set":
            self.kept[name] = secret
        elif action == "delete":
            self.kept.pop(name, None)
        return self.kept.get(name)


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    found = Profiles(tmp_path / "profiles.json")
    found.put("studio", ProfileKind.CUSTOM, "https://api.studio.example", "me")
    return found


def test_what_a_service_said_of_the_length_of_clips_is_kept(profiles: Profiles, tmp_path: Path) -> None:
    profiles.learn_length("studio", ClipLength(0.3, 60.0))
    profiles.learn_length("gone", ClipLength(0.3, 60.0))
    again = Profiles(tmp_path / "profiles.json")
    assert (again.get("studio").length, again.get("local").length) == (ClipLength(0.3, 60.0), ClipLength())
    assert again.put("studio", ProfileKind.CUSTOM, "https://api.studio.example", "you").length == ClipLength(0.3, 60.0)
    assert again.put("studio", ProfileKind.CUSTOM, "https://api.other.example", "you").length == ClipLength()


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("odd", ["60", None, True, 0.2, 61, float("nan")])
def test_a_length_that_is_none_is_the_apis(profiles: Profiles, tmp_path: Path, odd: object, is_whole: bool) -> None:
    file = tmp_path / "profiles.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    for row in kept["profiles"]:
        row["length"] = odd if is_whole else {"shortest_s": odd, "longest_s": odd}
    file.write_text(json.dumps(kept), encoding="utf-8")
    assert Profiles(file).get("studio").length == ClipLength(), "the profile is kept"


def store(tmp_path: Path, ring_: Ring, profiles: Profiles, **environment: str) -> KeyStore:
    made = KeyStore(tmp_path / "keys.json", environment, ring_)
    made.load(profiles.all())
    return made


@pytest.mark.parametrize(
    ("environment", "in_ring", "in_file", "key", "source"),
    [
        ({}, "", "", "", ""),
        ({}, "", "f", "f", "file"),
        ({}, "r", "f", "r", "keyring"),
        ({"KINETIX_API_KEY": " e "}, "r", "f", "e", "environment"),
        ({"KINETIX_API_KEY": "e", "KINETIX_PROFILE": "studio"}, "r", "f", "r", "keyring"),
        ({"KINETIX_API_KEY": "e", "KINETIX_PROFILE": "cloud"}, "r", "f", "e", "environment"),
    ],
)
@pytest.mark.quick
def test_environment_then_keyring_then_file(
    tmp_path: Path, profiles: Profiles, environment: dict[str, str], in_ring: str, in_file: str, key: str, source: str
) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"cloud": in_file} if in_file else {}), encoding="utf-8")
    made = store(tmp_path, Ring(**({"cloud": in_ring} if in_ring else {})), profiles, **environment)
    assert made.get("cloud") == (key, source)
    assert made.get("local") == ("", "")


@pytest.mark.parametrize(("state", "source"), [("open", "keyring"), ("absent", "file"), ("locked", "file")])
@pytest.mark.quick
def test_a_key_is_kept_where_it_can_be(tmp_path: Path, profiles: Profiles, state: str, source: str) -> None:
    rings = Ring(state)
    made = store(tmp_path, rings, profiles)
    assert made.put("studio", f" {KEY}\n") == source
    assert made.get("studio") == (KEY, source)
    file = tmp_path / "keys.json"
    assert (KEY in file.read_text(encoding="utf-8")) == (source == "file") if file.exists() else source == "keyring"
    if file.exists() and os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    if state == "locked":
        assert rings.asked == 1, "a keyring that hung once is not asked again by every request"
        assert made.ring_state == "locked"
    made.remove("studio")
    assert made.get("studio") == ("", "")


@pytest.mark.quick
def test_keys_that_are_given_at_once_are_all_kept(tmp_path: Path, profiles: Profiles) -> None:
    start, names = threading.Barrier(8), [f"profile-{number}" for number in range(8)]

    def meet(action: str, name: str, secret: str = "") -> None:
        if action == "set":
            start.wait(LIMIT_S)

    made = KeyStore(tmp_path / "keys.json", {}, meet)
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(made.put, names, [KEY] * len(names)))
    assert json.loads((tmp_path / "keys.json").read_text(encoding="utf-8")) == dict.fromkeys(names, KEY)


@pytest.mark.quick
def test_a_key_file_that_others_can_read_is_closed(tmp_path: Path, profiles: Profiles) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"studio": KEY}), encoding="utf-8")
    file.chmod(0o644)
    assert store(tmp_path, Ring("absent"), profiles).get("studio") == (KEY, "file")
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "\x00", "x" * 5000])
@pytest.mark.quick
def test_what_is_no_key(tmp_path: Path, profiles: Profiles, text: str) -> None:
    with pytest.raises(InputError):
        store(tmp_path, Ring(), profiles).put("studio", text)


@pytest.mark.quick
def test_profiles_are_kept(tmp_path: Path, profiles: Profiles) -> None:
    profiles.activate("studio")
    again = Profiles(tmp_path / "profiles.json")
    assert again.active.url == "https://api.studio.example" and again.active.user == "me"
    with pytest.raises(InputError):
        again.remove("studio")
    again.activate("local")
    again.remove("studio")
    with pytest.raises(InputError):
        again.get("studio")


def use_ring(monkeypatch: pytest.MonkeyPatch, folder: Path, *methods: str) -> None:
    """Make a keyring of these methods the system's."""
    head = "import pathlib, time, keyring.backend\nclass Own(keyring.backend.KeyringBackend):"
    body = ("priority = 9", "get_password = set_password = delete_password = None", *methods)
    (folder / "own_ring.py").write_text("\n    ".join([head, *body]), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "own_ring.Own")


def test_a_real_keyring_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A locked Secret Service waits for a person who is not there."""
    use_ring(monkeypatch, tmp_path, "def get_password(self, service, name): time.sleep(36_000)")
    with pytest.raises(ring.RingTimeout):
        ring.ask("get", "cloud", seconds=1.5)


def test_a_slow_start_is_not_taken_for_a_keyring_that_hangs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Python and the keyring's modules may take ten seconds to load: the key would go into a file."""
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(2.5)\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert ring.ask("get", "cloud", seconds=2.0) is None


def test_a_secret_passes_whole_whatever_a_pipe_thinks_its_encoding_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A pipe of Windows has the machine's code page."""
    use_ring(
        monkeypatch,
        tmp_path,
        "place = pathlib.Path(__file__).with_name('kept')",
        "def get_password(self, service, name): return self.place.read_text('utf-8')",
        "def set_password(self, service, name, secret): self.place.write_text(secret, 'utf-8')",
    )
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    secret = "clé d’été ключ"
    assert ring.ask("set", "cloud", secret, seconds=LIMIT_S) == secret
    assert (tmp_path / "kept").read_text(encoding="utf-8") == secret


@pytest.mark.parametrize("backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"])
def test_no_keyring_that_works(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    assert ring.ask("set", "cloud", KEY, seconds=LIMIT_S) is None
    assert ring.ask("get", "cloud", seconds=LIMIT_S) is None


@pytest.mark.quick
def test_asking_for_the_key_never_waits_for_the_keyring(tmp_path: Path, profiles: Profiles) -> None:
    stuck, go = threading.Event(), threading.Event()

    def hang(*args: Any, **rest: Any) -> None:
        stuck.set()
        go.wait(LIMIT_S)

    made = KeyStore(tmp_path / "keys.json", {}, hang)
    thread = threading.Thread(target=made.load, args=(profiles.all(),))
    thread.start()
    assert stuck.wait(LIMIT_S)
    assert made.get("studio") == ("", "")
    assert thread.is_alive(), "the keyring has not answered yet"
    go.set()
    thread.join(LIMIT_S)
