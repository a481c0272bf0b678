"""The files for running several services: every command in them is one of ours."""

from __future__ import annotations

import configparser
import re
import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest

from kinetix_local.commands.local import local
from kinetix_studio.storage import address
from tests.local.conftest import new_world
from tests.studio.test_joining import command as command_of
from tests.studio.test_joining import worker
from tests.support import tools
from tests.support.service import running
from tests.support.services.postgres import postgres_url
from tests.support.studio import fresh_database
from tests.support.waiting import LIMIT_S

__all__ = ["postgres_url"]

yaml: Any = pytest.importorskip("yaml")
DEPLOY = tools.ROOT / "packaging" / "deploy"
COMPOSE_FILE = DEPLOY / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))


def parse(words: list[str], tmp_path: Path) -> None:
    """Raises click.UsageError unless `kinetix local` takes the words. A file that must be there is."""
    token = tmp_path / "token"
    token.write_text("x", encoding="utf-8")
    words = [str(token) if word.startswith(("/machines/", "/etc/kinetix/")) else word for word in words]
    context = click.Context(local)
    name, command, rest = local.resolve_command(context, words)
    assert command is not None
    command.make_context(name, rest, parent=context)


def test_every_service_of_the_composition_starts_a_command_of_ours(tmp_path: Path) -> None:
    commands = {name: entry["command"] for name, entry in COMPOSE["services"].items() if "command" in entry}
    assert set(commands) == {"service-1", "service-2", "worker-1", "worker-2"}
    for words in commands.values():
        parse(words, tmp_path)
    with pytest.raises(click.UsageError):
        parse(["serve", "--no-such-option"], tmp_path)


@pytest.mark.xdist_group("local-postgres")
def test_the_composition_starts_in_the_order_that_it_names(postgres_url: str, tmp_path: Path) -> None:
    """Its commands as processes, with folders in place of volumes: the order is that of the file's first lines."""
    first, added, last = re.findall("^#   podman compose (.+)$", COMPOSE_FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert (first, last) == ("up -d", "--profile workers up -d")
    at_once = [name for name, entry in COMPOSE["services"].items() if "profiles" not in entry]
    workers = [name for name, entry in COMPOSE["services"].items() if entry.get("profiles") == ["workers"]]
    assert sorted(at_once) == ["database", "proxy", "service-1", "service-2"] and workers == ["worker-1", "worker-2"]
    machines = tmp_path / "machines"
    machines.mkdir()
    environment = {
        "KINETIX_LOCAL_DATABASE": fresh_database(postgres_url),
        "KINETIX_LOCAL_SHARED": str(tmp_path / "shared"),
    }

    def words(given: list[str], service: str) -> list[str]:
        shared = any(volume.startswith("machines:/machines") for volume in COMPOSE["services"][service]["volumes"])
        assert shared or not any(word.startswith("/machines/") for word in given)
        return [word.replace("/machines/", f"{machines}/") for word in given]

    with ExitStack() as stack:
        services = []
        for name in ("service-1", "service-2"):
            command = COMPOSE["services"][name]["command"]
            options = command[command.index("--workers") :]
            services.append(stack.enter_context(running(tmp_path / name, *options, **environment)))
        on, _, line = added.removeprefix("exec ").partition(" kinetix local ")
        made = words(shlex.split(line), on)
        adding = command_of(*made, "--home", str(tmp_path / on), **environment)
        assert adding.wait(LIMIT_S) == 0, adding.communicate()
        world = new_world(services[0])
        process = world.upload()["uuid"]
        given = words(COMPOSE["services"]["worker-1"]["command"], "worker-1")
        assert given[:2] == ["worker", "--join"] and given[3] == "--token"
        stack.enter_context(worker(services[1].url, Path(given[4]), tmp_path / "worker"))
        assert world.finished(process)["step"] == "done"


def test_the_storage_of_the_composition_is_one_that_a_service_takes() -> None:
    added: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.storage.yaml").read_text(encoding="utf-8"))
    services = added["services"]
    changed = {name for name in services if name in COMPOSE["services"]}
    assert changed == {name for name in COMPOSE["services"] if name.startswith("service-")}
    for entry in services.values():
        assert set(entry.get("secrets", ())) <= set(added["secrets"]) and set(entry.get("depends_on", ())) <= set(
            services
        )
    for name in changed:
        told = services[name]["environment"]
        found = address.parse(told["KINETIX_LOCAL_STORAGE"])
        host = urlsplit(found.endpoint or "").netloc
        assert (
            host.partition(":")[0] in services
            and f"-s3.port={host.partition(':')[2]}" in services["storage"]["command"]
        )
        assert told["AWS_SHARED_CREDENTIALS_FILE"].rpartition("/")[2] in services[name]["secrets"]
    assert "local,postgresql,s3" in (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def test_the_web_server_hands_on_what_players_and_machines_call() -> None:
    """Matchers of one path each: Caddy tries the longest first, and one of several paths last."""
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    paths = {name: words.split() for name, words in re.findall(r"@(\w+) path (.+)", caddy)}
    handed_on = {name for name in paths if re.search(rf"handle @{name} \{{\s*reverse_proxy", caddy)}
    assert all(len(words) == 1 for words in paths.values())
    assert {paths[name][0] for name in handed_on} == {"/_local/workers/*", "/_local/page/*"}
    assert paths["inside"] == ["/_local/*"] and re.search(r"handle @inside \{\s*respond 404", caddy)


@pytest.mark.parametrize("unit", ["kinetix-local.service", "kinetix-worker.service"])
def test_the_units_start_a_command_of_ours(unit: str, tmp_path: Path) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / unit).read_text(encoding="utf-8"))
    program, word, *words = shlex.split(parser["Service"]["ExecStart"])
    assert program.endswith("/kinetix") and word == "local"
    parse([{"${KINETIX_WORKERS}": "1"}.get(word, word) for word in words], tmp_path)
