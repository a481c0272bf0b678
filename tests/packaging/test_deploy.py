"""The files for running several services: every command in them is one of ours, every metric that an alarm names is told."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest

from kinetix_local.commands.local import local
from kinetix_local.store.blobs import address
from tests.support import tools

yaml: Any = pytest.importorskip("yaml")
DEPLOY = tools.ROOT / "packaging" / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def parse(words: list[str], tmp_path: Path) -> None:
    """Raises click.UsageError unless `kinetix local` takes the words. A file that must be there is."""
    token = tmp_path / "token"
    token.write_text("x", encoding="utf-8")
    words = [str(token) if word.startswith(("/run/secrets/", "/etc/kinetix/")) else word for word in words]
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


def test_the_composition_names_only_what_it_has() -> None:
    services = COMPOSE["services"]
    for entry in services.values():
        named = {volume.partition(":")[0] for volume in entry.get("volumes", ()) if not volume.startswith(("/", "."))}
        assert named <= set(COMPOSE["volumes"])
        assert set(entry.get("secrets", ())) <= set(COMPOSE["secrets"])
        assert set(entry.get("depends_on", ())) <= set(services)
        assert all((DEPLOY / volume.split(":")[0]).exists() for volume in entry.get("volumes", ()) if volume[0] == ".")
    proxied = set(re.findall(r"(service-\d):8600", (DEPLOY / "Caddyfile").read_text(encoding="utf-8")))
    assert proxied == {name for name in services if name.startswith("service-")}


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


def test_every_metric_of_an_alarm_is_told() -> None:
    told = set(re.findall(r'"(kinetix_\w+)"', (tools.ROOT / "shared/kinetix_local/api/metrics.py").read_text("utf-8")))
    rules = yaml.safe_load((DEPLOY / "alarms.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    manual = (tools.ROOT / "docs" / "how-to" / "machines.md").read_text(encoding="utf-8")
    for rule in rules:
        named = set(re.findall(r"kinetix_\w+", rule["expr"]))
        assert named and named <= told and all(name in manual for name in named), rule["alert"]
