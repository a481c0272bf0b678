"""The command line as a person uses it, on real input and bad input, and a search for every secret afterwards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner

from kinetix_core.formats import glb
from kinetix_core.protocol.hub.enumerations import JobKind
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import JobId
from kinetix_hub.cli import show
from kinetix_hub.cli.main import SECTIONS, root
from kinetix_hub.jobs.job import Job
from tests.hub.conftest import HubProcess
from tests.support import tools
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("hub-cli")

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
SAMPLE = tools.ROOT / "samples" / "balance.mp4"
WRONG_KEY = "feedfacefeedfacefeedfacefeedface"


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Somebody with a home of their own; its hub runs before the first test begins, so that no test leaves it behind."""
    hub = HubProcess(tmp_path_factory.mktemp("cli") / "Ünï home", NO_KEYRING)
    hub.home.mkdir()
    try:
        assert hub.cli("hub", "start").returncode == 0
        yield hub
    finally:
        hub.end()


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def created(person: HubProcess, clip: Path, *options: str) -> Any:
    """Create an emote of a clip; return what the command prints for programs."""
    done = person.cli("emote", "create", str(clip), *options, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return answer(done)


def code(person: HubProcess, *words: str) -> str:
    """The code of the error in which the command ends."""
    return str(answer(person.cli(*words, "--json"))["error"]["code"])


def clip_of(folder: Path, name: str, tail: bytes = b"", head: bytes = b"") -> Path:
    """A clip of its own: what was captured already is not captured again."""
    clip = folder / name
    clip.write_bytes(head + SAMPLE.read_bytes() + tail)
    return clip


def completed(person: HubProcess, line: str) -> str:
    """Return the completions that Tab offers at the end of the line."""
    asked = {"_KINETIX_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    return replace(person, environment={**person.environment, **asked}).cli().stdout


BAD: dict[str, tuple[list[str], str]] = {
    "a truncated mp4": ([], "damagedVideo"),
    "service down": (["--profile", "down", "--patience", "1"], "offline"),
    "wrong key": (["--profile", "wrong"], "unknownApiKey"),
    "no key": (["--profile", "cloud"], "noKey"),
    "no such profile": (["--profile", "none"], "profileNotFound"),
    "output not writable": (["-o", "{folder}/none/out.glb"], "notWritable"),
    "output is a folder": (["-o", "{folder}"], "notWritable"),
    "the part ends before it starts": (["--start", "3", "--end", "2"], "badTrim"),
    "a giant": (["--height", "999"], "badHeight"),
    "a crop beside the picture": (["--crop", "0.6", "0", "0.5", "1"], "badCrop"),
    "a crop of what is no mp4": (["--crop", "0.25", "0", "0.5", "1"], "badCrop"),
}


def test_the_first_look_at_an_empty_home(own_hub: HubProcess) -> None:
    own_hub.environment = NO_KEYRING
    done = own_hub.cli("hub", "status", "--json")
    assert done.returncode == 0 and answer(done)["running"] is False
    started = answer(own_hub.cli("hub", "start", "--json"))
    assert answer(own_hub.cli("hub", "start", "--json")) == started, "twice is once"
    assert started == json.loads((own_hub.home / "hub" / "hub.json").read_text(encoding="utf-8"))
    done = own_hub.cli("doctor", "--json")
    assert done.returncode == 0, done.stdout
    named = {row["name"] for row in answer(done)["checks"]}
    assert named >= {"home", "hub", "service", "key", "database", "disk", "library"}
    assert own_hub.cli("emote", "list").stdout.startswith("No emotes yet")


def test_a_clip_becomes_an_emote(person: HubProcess, tmp_path: Path) -> None:
    out = tmp_path / "Balance.glb"
    found = created(person, SAMPLE, "--name", "Balance", "-o", str(out))
    assert found["job"]["state"] == "delivered" and found["emote"]["frames"] > 20
    assert out.read_bytes() == Path(found["emote"]["files"]["glb"]).read_bytes()
    for command in ("emote list", "emote get Balance", "job list", "process list", "hub status"):
        done = person.cli(*command.split())
        assert done.returncode == 0 and done.stdout.strip(), command
        assert isinstance(answer(person.cli(*command.split(), "--json")), dict)
    for words, named in (("emote get bal", "Balance"), ("job show ", found["job"]["id"][:8])):
        assert f"plain,{named}" in completed(person, f"kinetix {words}").split(), "Tab completes names"
    assert person.cli("emote", "get", "balance", "--format", "bvh", "-o", str(tmp_path / "b.bvh")).returncode == 0
    assert (tmp_path / "b.bvh").read_text(encoding="utf-8").startswith("HIERARCHY")
    for taken in (["get", "Balance"], ["create", str(out)]):
        assert code(person, "emote", *taken, "-o", str(out)) == "fileExists"
    assert person.cli("emote", "get", "Balance", "-o", str(out), "--force").returncode == 0
    page = answer(person.cli("emote", "watch", "Balance", "--json"))["url"]
    assert page.endswith(f"#{found['emote']['id']}")
    assert requests.get(page, headers={"accept": "text/html"}, timeout=LIMIT_S).status_code == 200
    renamed = answer(person.cli("emote", "rename", "Balance", "Gleichgewicht ⚖", "--json"))["emote"]
    assert renamed["name"] == "Gleichgewicht ⚖"
    assert person.cli("emote", "give", "Gleichgewicht ⚖", "player-2").returncode == 0
    deleted = answer(person.cli("emote", "delete", "Gleichgewicht ⚖", "--json"))["deleted"]
    assert person.cli("emote", "get", "Gleichgewicht ⚖").returncode == 2
    assert person.cli("emote", "restore", deleted[:8]).returncode == 0


def test_clips_of_one_take_become_one_emote(person: HubProcess, tmp_path: Path) -> None:
    side = clip_of(tmp_path, "side.mp4", bytes(100))
    job = created(person, SAMPLE, str(side), "--one-take", "--name", "Both")["job"]
    assert job["settings"]["views"] == ["side.mp4"], "no private path"
    assert job["hints"] == ["Turn a little.", "It was seen from 2 sides."]
    made = {"text": "It was seen from {count} sides.", "values": {"count": "2"}}
    assert job["wording"] == {"hints": [None, made]}, "so that an editor can say it in its own language"
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in person.home.glob("local/files/*/*.json")]
    assert [side.stat().st_size] in [report.get("viewBytes") for report in reports], "the capture had both clips"
    shown = person.cli("emote", "create", str(SAMPLE), str(side), "--one-take", "--name", "Both again")
    assert "It was seen from 2 sides." in shown.stdout + shown.stderr
    for wrong in ([str(tmp_path)], [str(side)] * 5):
        assert code(person, "emote", "create", *wrong, "--one-take") == "badOption"


def test_a_take_is_corrected_as_a_new_version(person: HubProcess, tmp_path: Path) -> None:
    made = created(person, SAMPLE, "--name", "Corrected")["emote"]
    told = tmp_path / "corrections.json"
    foot = {"kind": "foot", "id": "left-1", "first": 2, "last": 9, "side": "left", "stands": True}
    told.write_text(json.dumps({"corrections": [foot]}), encoding="utf-8")

    def refined(emote: str, *words: str) -> Any:
        return answer(person.cli("emote", "refine", emote, *words, "--json"))

    found = refined(made["id"], str(told))
    assert found["job"]["kind"] == "refine" and found["emote"]["id"] != made["id"], "both are in the library"
    listed = refined(found["emote"]["id"])["versions"]
    assert [(row["emote"], row["current"]) for row in listed] == [(made["id"], False), (found["emote"]["id"], True)]
    assert listed[1]["corrections"] == [foot]
    by_name = answer(person.cli("emote", "pin", "Corrected", "--json"))["emote"]
    assert by_name["id"] == found["emote"]["id"], "the name is that of all versions, and means the current one"
    assert [row["current"] for row in refined(made["id"], "--to", "1")["versions"]] == [True, False]
    assert answer(person.cli("emote", "pin", "Corrected", "--json"))["emote"]["id"] == made["id"]
    states = {line[:8]: line for line in person.cli("emote", "list", "Corrected").stdout.splitlines()}
    assert states[found["emote"]["id"][:8]].endswith("former version")
    assert "former" not in states[made["id"][:8]]
    told.write_text(json.dumps({"corrections": [foot | {"last": 1}]}), encoding="utf-8")
    assert code(person, "emote", "refine", made["id"], str(told)) == "badCorrections"
    assert code(person, "emote", "refine", made["id"], "--to", "7") == "versionNotFound"
    rows = [line.split("\t") for line in person.cli("emote", "refine", made["id"]).stdout.splitlines()]
    assert rows[0][3:] == ["as captured", "done, current"] and rows[1][3:] == ["1 correction", "done"]


def test_everybody_in_a_clip_becomes_an_emote_of_one_group(person: HubProcess, tmp_path: Path) -> None:
    done = created(person, clip_of(tmp_path, "duo.mp4", b"two"), "--name", "Duo", "--people", "all")
    assert done["job"]["settings"]["people"] == "all"
    emotes = {emote["name"]: emote for emote in answer(person.cli("emote", "list", "--json"))["emotes"]}
    assert emotes["Duo"]["group"] == emotes["Duo 2"]["group"] is not None
    assert [done["emote"]["name"], *(emote["name"] for emote in done["others"])] == ["Duo", "Duo 2"]


def test_everybody_in_a_clip_is_told_and_copied(person: HubProcess, tmp_path: Path) -> None:
    folder, clip = tmp_path / "all", str(clip_of(tmp_path, "pair.mp4", b"pair"))
    folder.mkdir()
    told = person.cli("emote", "create", clip, "--people", "all", "-o", str(tmp_path / "pair.glb"))
    assert re.findall(r"✓ (pair(?: 2)?)  ", told.stdout) == ["pair", "pair 2"]
    assert sorted(file.name for file in tmp_path.glob("*.glb")) == ["pair-1.glb", "pair-2.glb"]
    again = person.cli("emote", "create", clip, clip, "--people", "all", "-o", str(folder))
    assert re.search(r"pair, pair 2\texists", again.stdout)
    assert sorted(file.name for file in folder.iterdir()) == ["pair 2.glb", "pair.glb"]


def test_how_long_a_clip_may_be_is_set_here(person: HubProcess) -> None:
    assert answer(person.cli("profile", "clip-length", "20", "--json"))["maxSeconds"] == 20.0
    assert person.link.post("/v1/connection/check")["maxSeconds"] == 20.0, "Kinetix Local itself says so"
    assert "1 to 10 s" in person.cli("profile", "clip-length", "10").stdout
    person.cli("profile", "use", "cloud")
    try:
        refused = person.cli("profile", "clip-length", "20", "--json")
    finally:
        person.cli("profile", "use", "local")
    assert answer(refused)["error"]["code"] == "lengthNotOurs"


def test_half_a_body_names_the_command_that_captures_it(person: HubProcess, tmp_path: Path) -> None:
    refused = person.cli("emote", "create", str(clip_of(tmp_path, "desk.mp4", head=b"REJECT:half\n")))
    (command,) = re.findall(r"kinetix (job upper-body [0-9a-f]+)", refused.stdout + refused.stderr)
    assert refused.returncode == 2
    assert answer(person.cli(*command.split(), "--json"))["job"]["settings"]["body"] == "upper"


def test_a_face_is_captured_where_it_is_asked_for(person: HubProcess, tmp_path: Path) -> None:
    done = created(person, clip_of(tmp_path, "talk.mp4", b"talk"), "--name", "Talk", "--face")
    assert done["job"]["settings"]["face"] is True
    assert glb.read_motion(Path(done["emote"]["files"]["glb"])).face is not None


@pytest.mark.parametrize("what", BAD)
def test_bad_input_says_what_to_do(what: str, tmp_path: Path, person: HubProcess) -> None:
    options, wanted = BAD[what]
    clip = tmp_path / "clip.mp4"
    data = SAMPLE.read_bytes()
    clip.write_bytes(data[: len(data) // 3] if what == "a truncated mp4" else b"I am no video.\n" * 100)
    if what == "service down":
        person.cli("profile", "set", "down", "--kind", "custom", "--url", "http://127.0.0.1:9")
        assert person.cli("profile", "key", "down", text="0" * 32).returncode == 0
    if what == "wrong key":
        assert person.cli("emote", "refresh").returncode == 0  # the service runs
        person.cli("profile", "set", "wrong", "--kind", "custom", "--url", person.service_info()["url"])
        kept = answer(person.cli("profile", "key", "wrong", "--json", text=f"{WRONG_KEY}\n"))
        assert kept["keySource"] == "file" and WRONG_KEY not in json.dumps(kept)
    emotes = person.link.get("/emotes")
    options = [option.format(folder=tmp_path) for option in options]
    done = person.cli("emote", "create", str(clip), *options, "--json")
    error = answer(done)["error"]
    assert done.returncode in (1, 2) and error["code"] == wanted, error
    assert error["title"] and error["nextStep"] and "Traceback" not in done.stdout + done.stderr
    assert WRONG_KEY not in done.stdout + done.stderr and str(Path.home()) not in error["title"] + error["nextStep"]
    assert person.link.get("/emotes") == emotes
    incoming = person.home / "library" / ".incoming"
    assert not incoming.exists() or not [folder for folder in incoming.iterdir() if list(folder.iterdir())]


@pytest.mark.quick
def test_the_help_names_every_command_once_and_whole() -> None:
    shown = CliRunner().invoke(root, ["-h"]).output
    rows = re.findall(r"^  ([a-z]+) ", shown, re.MULTILINE)
    assert sorted(rows) == sorted(point.name for point in entry_points(group="kinetix.commands"))
    assert "..." not in shown.partition("Emotes:")[2]


@pytest.mark.quick
def test_the_help_loads_no_command() -> None:
    """Those load numpy and an HTTP client, for which nobody who asks what there is should wait."""
    script = (
        "import sys; from kinetix_core.command_line.output import print_utf8; from kinetix_hub.cli.main import root; print_utf8();"
        " root.main(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert "Emotes:" in done.stdout
    assert not {"numpy", "requests", "pydantic", "kinetix_hub.cli.emotes.emote"} & set(done.stdout.split())


@pytest.mark.quick
def test_each_command_says_of_itself_what_the_help_says_of_it() -> None:
    for commands in SECTIONS.values():
        for name, text in commands.items():
            command = root.get_command(click.Context(root), name)
            assert command is not None and (command.help or "").split("\n")[0] == text


@pytest.mark.quick
def test_alone_it_says_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path))
    assert "kinetix emote create CLIP" in CliRunner().invoke(root, []).output
    (tmp_path / "library" / "Wave").mkdir(parents=True)
    (tmp_path / "library" / "Wave" / "Wave.glb").touch()
    assert "kinetix sync add PROJECT" in CliRunner().invoke(root, []).output
    (tmp_path / "godot").mkdir()
    (tmp_path / "godot" / "targets.json").write_text("damaged", encoding="utf-8")
    assert "kinetix sync add PROJECT" in CliRunner().invoke(root, []).output
    (tmp_path / "godot" / "targets.json").write_text('[{"id": "a"}]', encoding="utf-8")
    assert "kinetix sync list" in CliRunner().invoke(root, []).output


@pytest.mark.quick
@pytest.mark.posix_only(reason="Windows has no TZ")
def test_times_are_those_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        assert show.when("2026-11-26T23:30:00.000Z") == "2026-11-27 01:30"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.quick
def test_who_stops_looking_is_told_that_the_job_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted:
        def get(self, *_: Any, **__: Any) -> Any:
            raise KeyboardInterrupt

    job = Job(JobId("12345678-0000"), JobKind.CLIP, "Wave", "wave.mp4", "local", "player-1", JobSettings())
    with pytest.raises(SystemExit) as left:
        show.follow(Interrupted(), job.public(0.0), quiet=True)  # type: ignore[arg-type]
    assert left.value.code == 130 and "kinetix job cancel 12345678" in capsys.readouterr().err


_JOBS = [("1b2c3d4e", "two_people_dance_2_left.mp4", "failed", "2026-12-02 23:16", "The clip shows nobody. Film one.")]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, ["1b2c3d4e\ttwo_people_dance_2_left.mp4\tfailed\t2026-12-02 23:16\tThe clip shows nobody. Film one."]),
        (
            56,
            [
                "id        name                state   made",
                "1b2c3d4e  two_peopl…left.mp4  failed  2026-12-02 23:16",
                "    The clip shows nobody. Film one.",
            ],
        ),
        (
            130,
            [
                "id        name                         state   made",
                "1b2c3d4e  two_people_dance_2_left.mp4  failed  2026-12-02 23:16  The clip shows nobody. Film one.",
            ],
        ),
    ],
)
def test_a_table_fits_the_terminal_and_has_tabs_in_a_pipe(
    width: int | None, lines: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if width is not None:
        for name, value in {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": str(width)}.items():
            monkeypatch.setenv(name, value)
    show.table(["id", "name", "state", "made", ""], _JOBS, "")
    assert capsys.readouterr().out.splitlines() == lines


def test_a_folder_of_clips_is_a_queue_that_goes_on_after_a_stop(person: HubProcess, tmp_path: Path) -> None:
    folder, copies = tmp_path / "Tänze", tmp_path / "copies"
    folder.mkdir()
    copies.mkdir()
    (folder / "notes.txt").write_text("no clip", encoding="utf-8")
    for name in ("a wave", "b nod"):
        (folder / f"{name}.mp4").write_bytes(f"{name} {tmp_path}".encode())
    (folder / "c empty.MOV").touch()
    begun = person.cli("emote", "create", str(folder / "a wave.mp4"), "--no-wait", "--json")
    assert begun.returncode == 0, begun.stderr
    done = person.cli("emote", "create", str(folder), "-o", str(copies), "--json")
    assert done.returncode == 1, "one of them is refused"
    wave, nod, empty = answer(done)["clips"]
    assert wave["job"]["id"] == answer(begun)["job"]["id"], "what is under way is followed, not made twice"
    assert [row["emote"]["name"] for row in (wave, nod)] == ["a wave", "b nod"]
    assert empty["error"]["code"] == "clipEmpty" and empty["error"]["nextStep"]
    assert {file.name for file in copies.iterdir()} == {"a wave.glb", "b nod.glb"}
    again = person.cli("emote", "create", str(folder / "b nod.mp4"), str(folder))
    assert again.returncode == 1
    assert again.stdout.count("exists") == 2 and "2 of 3 clips are emotes, 1 failed" in again.stdout
    assert len(person.link.get("/jobs", q=str(folder), limit=500)["jobs"]) == 2


@pytest.mark.parametrize(
    ("options", "wanted"), [(["--name", "One"], "badOption"), (["-o", "/proc/none/out.glb"], "notWritable")]
)
def test_many_clips_have_neither_one_name_nor_one_file(
    person: HubProcess, tmp_path: Path, options: list[str], wanted: str
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a clip")
    assert code(person, "emote", "create", str(tmp_path), *options) == wanted


def test_a_person_reads_the_same_error(person: HubProcess, tmp_path: Path) -> None:
    done = person.cli("emote", "create", str(tmp_path / "none.mp4"))
    assert done.returncode == 2 and not done.stdout
    assert "✗ There is no file" in done.stderr and "→" in done.stderr
    done = person.cli("emote", "create", "clip.mp4", "--crop", "0", "0", "2", "1")
    assert done.returncode == 2 and "✗ Invalid value for '--crop': 2.0 is not in the range 0<=x<=1" in done.stderr
    assert "→" in done.stderr and "kinetix emote create --help" in done.stderr and "Usage:" not in done.stderr
    assert code(person, "emote", "create") == "badUsage"


def test_a_suggested_command_names_one_emote(person: HubProcess, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.mp4").write_bytes(f"twin {number} {tmp_path}".encode())
        told = person.cli("emote", "create", str(tmp_path / f"{number}.mp4"), "--name", "Twin").stdout
        (name,) = re.findall(r"kinetix emote watch (\S+)", told)
        assert answer(person.cli("emote", "watch", name, "--json"))["url"]


@pytest.mark.quick
@pytest.mark.parametrize(
    "command", [
        "job show", "job retry", "job remove", "process show", "process validate",
        "profile use", "profile remove", "profile key", "profile set --kind cloud", "process list --profile",
        "emote create clip.mp4 --profile", "emote refresh --profile",
    ],
)  # fmt: skip
@pytest.mark.parametrize("wanted", ["..", "../shutdown", "a/b", "a\\b", "C:", "nul", "x.", "x" * 100, "a\0"])
def test_what_is_no_id_asks_no_hub(command: str, wanted: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "file"))  # no hub can start there
    done = CliRunner().invoke(root, [*command.split(), wanted], standalone_mode=False)
    assert isinstance(done.exception, InputError) and done.exception.code == "badIdentity", done


def test_it_runs_without_its_own_program_too() -> None:
    asked = [sys.executable, "-m", "kinetix_hub.cli", "--version"]
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert done.stdout.startswith("kinetix, version ")
