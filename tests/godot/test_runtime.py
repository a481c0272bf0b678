"""Runtime nodes, example scenes and the add-on's scripts in a real headless Godot."""

from __future__ import annotations

import json
import random
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import build_godot_addon
from kinetix_core.formats import glb, kinanim
from kinetix_core.values.face_names import STAND_INS
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.blender import screen
from tests.formats import rigs
from tests.godot import emotes
from tests.godot.editor import bad_lines, bring_caches, export_pack, godot, own_environment
from tests.motion import moves
from tests.support import tools
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("godot-runtime")

BRIDGE = tools.ROOT / "godot_bridge"
SCENES = ("emote_player", "emote_wheel", "emote_sync")
SCRIPTS = Path(__file__).with_name("gd")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example project as it is shipped, with the add-on from its zip and the test scripts, imported."""
    root = tmp_path_factory.mktemp("example")
    bring_caches(tmp_path_factory, root)
    project = root / "project"
    shutil.copytree(BRIDGE / "example_project", project, ignore=shutil.ignore_patterns(".godot", "addons"))
    build_godot_addon.install(build_godot_addon.build(root / "dist"), project)
    shutil.copytree(SCRIPTS, project / "tests")
    settings = project / "project.godot"
    # Warnings count in add-ons as well: here they are the code under test.
    rules = '[debug]\n\ngdscript/warnings/exclude_addons=false\ngdscript/warnings/directory_rules={"res://": 1}\n'
    settings.write_text(settings.read_text(encoding="utf-8").replace("[debug]\n", rules), encoding="utf-8")
    _add(project, "desk/desk", glb.write_emote(emotes.wave().with_(extras={"body": "upper"})), "sample_emotes/wave")
    _add_face(project)
    _import_from_a_terminal(root, project)
    return project


def _import_from_a_terminal(root: Path, project: Path) -> None:
    """Import where a hub could be started; `root/asked` exists if one was."""
    (project / "terminal.glb").write_bytes(emotes.wave_glb(1))
    program = root / "kinetix"
    program.write_text(f"#!/bin/sh\ntouch '{root / 'asked'}'\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KINETIX_HOME", str(root / "home"))
        patch.setenv("KINETIX_COMMAND", str(program))
        patch.setenv("KINETIX_NO_START", "")
        code, output = godot(root, project, "--import")
    assert code == 0
    assert not bad_lines(output), bad_lines(output)


def _add(project: Path, name: str, data: bytes, like: str) -> None:
    """Add a GLB to be imported as another one is."""
    file = project / f"{name}.glb"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    settings = (project / f"{like}.glb.import").read_text(encoding="utf-8")
    settings = re.sub(r'uid="[^"]*"\n', "", settings).replace(f"{like}.glb", f"{name}.glb")
    settings = settings.replace(f"{Path(like).name}.glb-", f"{file.name}-")
    file.with_name(f"{file.name}.import").write_text(settings, encoding="utf-8")


VROID = {"jawOpen": "Face.M_F00_000_00_Fcl_MTH_A", "mouthSmileLeft": "Fcl_MTH_Fun", "mouthSmileRight": "Fcl_ALL_Joy"}


def _add_face(project: Path) -> None:
    """An emote with an open mouth, a character whose mouth can open, and one whose shapes VRoid Studio named."""
    wave = emotes.wave(name="talk")
    open_mouth = np.zeros((len(wave), len(FACE_SHAPES)))
    open_mouth[:, FACE_SHAPES.index("jawOpen")] = 0.5
    talk, face = (glb.write_emote(motion.with_(face=open_mouth[: len(motion)])) for motion in (wave, emotes.still()))
    document, binary = rigs.parts(face)
    names = document["meshes"][0]["extras"]["targetNames"]
    names[:] = [VROID.get(name, f"mine{number}") for number, name in enumerate(names)]
    _add(project, "talk/talk", talk, "sample_emotes/wave")
    for name, data in {"face": face, "vroid": rigs.join(document, binary)}.items():
        _add(project, f"talk/{name}", data, "characters/mannequin")
    opening = np.zeros_like(open_mouth)
    opening[:, FACE_SHAPES.index("jawOpen")] = np.linspace(0.0, 1.0, len(wave))
    (project / "talk" / "opening.kinanim").write_bytes(kinanim.write_motion(wave.with_(face=opening)))


def test_an_import_from_a_terminal_starts_no_hub(example: Path) -> None:
    assert list((example / ".godot/imported").glob("terminal.glb-*.scn"))
    time.sleep(0.5)  # a program that was started as the import ended
    assert not (example.parent / "asked").exists()


def test_a_face_moves_where_a_character_has_one(example: Path) -> None:
    _script(example, "test_face")


def test_the_names_that_stand_for_shapes_of_a_face_are_those_of_the_other_readers() -> None:
    script = (BRIDGE / "addons/kinetix_emotes/runtime/face/face_names.gd").read_text(encoding="utf-8")
    table = re.search(r"STAND_INS[^=]+= (\[.*?^\])", script, re.MULTILINE | re.DOTALL)
    assert table is not None
    rows = json.loads(re.sub(r",(\s*\])", r"\1", table[1]))
    assert rows == [{"names": list(row.names), "shapes": dict(row.shapes)} for row in STAND_INS]


def test_an_import_leaves_hips_and_legs_alone_that_the_file_does_not_move(example: Path) -> None:
    _script(example, "test_upper_body")


def _script(example: Path, name: str, display: str = "") -> str:
    code, output = godot(example.parent, example, "-s", f"res://tests/{name}.gd", display=display)
    assert not bad_lines(output), output[-3000:]
    assert code == 0, re.findall(r"^FAILED: .*$", output, re.MULTILINE) or output[-3000:]
    assert re.search(r"^\d+ passed, 0 failed$", output, re.MULTILINE), output[-3000:]
    return output


def test_the_player(example: Path) -> None:
    output = _script(example, "test_player")
    for warning in (
        "There is no emote “nothing”; known are: ", "There is no emote “typo”; known are: ", "“lost” was not loaded. ",
        "Set Body, or set Root Motion to In Place.", "Set Libraries, or call load_emote.",
    ):  # fmt: skip
        assert output.count(warning) == 1, warning
    _script(example, "test_player_changes")


def test_one_emote_goes_over_into_the_next(example: Path) -> None:
    (example / "moves").mkdir()
    (example / "moves" / ".gdignore").touch()
    for move in moves.NAMES:
        (example / "moves" / f"{move}.glb").write_bytes(glb.write_emote(moves.load(move)))
    _script(example, "test_transition")


def test_the_wheel(example: Path) -> None:
    _script(example, "test_wheel")
    with screen.display(example.parent) as number:
        _script(example, "test_wheel_mouse", number)


class _Files(BaseHTTPRequestHandler):
    """A file host that knows ranges, as the API's does. The first word of a path may ask for a fault."""

    protocol_version = "HTTP/1.1"
    ranges: list[str] = []
    asked: Counter[str] = Counter()

    def __init__(self, folder: Path, *given: object) -> None:
        self._folder = folder
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        place = self.path.lstrip("/").split("?")[0]
        fault, _, name = place.rpartition("/")
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        first = int(wanted[1]) if wanted else 0
        self.asked[f"{place} {first}"] += 1
        if fault == "endless":  # a header that goes on for ever
            data = bytes(1 << 20)
        elif (self._folder / name).exists():
            data = (self._folder / name).read_bytes()
        else:
            self.send_error(404)
            return
        if fault == "fault":
            self.send_error(503)
            return
        size = len(data)
        if wanted:
            self.ranges.append(wanted[0])
            data = data[first : int(wanted[2]) + 1]
            self.send_response(206)
            said = first + 7 if fault == "shifted" else first
            self.send_header("Content-Range", f"bytes {said}-{said + len(data) - 1}/{size}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault == "cut" or (fault == "flaky" and self.asked[f"{place} {first}"] == 1):
            data, self.close_connection = data[: len(data) // 2], True
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _with_rotations(data: bytes, form: str) -> bytes:
    """The same emote with its rotations as curves or as 16-bit numbers, as other programs write them."""
    document, binary = rigs.parts(data)
    for sampler in document["animations"][0]["samplers"]:
        accessor = document["accessors"][sampler["output"]]
        if accessor["type"] != "VEC4":
            continue
        view = document["bufferViews"][accessor["bufferView"]]
        start, count = view["byteOffset"] + accessor.get("byteOffset", 0), accessor["count"]
        values = np.frombuffer(binary, "<f4", 4 * count, start).reshape(count, 4)
        new = dict(accessor, bufferView=len(document["bufferViews"]), byteOffset=0)
        if form == "CUBICSPLINE":
            sampler["interpolation"] = form
            new["count"] = 3 * count
            packed = np.concatenate([np.zeros_like(values), values, np.zeros_like(values)], 1).astype("<f4").tobytes()
        else:
            new |= {"componentType": 5122, "normalized": True}
            packed = np.round(values * 32767).astype("<i2").tobytes()
        document["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(packed)})
        sampler["output"] = len(document["accessors"])
        document["accessors"].append(new)
        binary += packed
    document["buffers"][0]["byteLength"] = len(binary)
    return rigs.join(document, binary)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    (tmp_path / "wave.glb").write_bytes(glb.write_emote(emotes.wave()))
    (tmp_path / "desk.glb").write_bytes(glb.write_emote(emotes.wave().with_(extras={"body": "upper"})))
    for form in ("CUBICSPLINE", "short"):
        (tmp_path / f"wave_{form}.glb").write_bytes(_with_rotations((tmp_path / "wave.glb").read_bytes(), form))
    data = kinanim.write_motion(emotes.wave())
    (tmp_path / "wave.kinanim").write_bytes(data)
    (tmp_path / "short.kinanim").write_bytes(data[: len(data) // 2])
    long = emotes.wave(60.0)
    (tmp_path / "long.glb").write_bytes(glb.write_emote(long))
    (tmp_path / "long.kinanim").write_bytes(kinanim.write_motion(long))
    (tmp_path / "short.glb").write_bytes(glb.write_emote(emotes.wave())[:-8])
    (tmp_path / "empty.glb").touch()
    # 60,000 frames without a key: little to send, very much to make.
    head = struct.pack("<hfhH", 1, 30.0, 2, 60_000) + bytes(2 * 60_000)
    (tmp_path / "many_frames.kinanim").write_bytes(head + struct.pack("<hB", 3, 55) + b"\2" * 55 + b"\xff\xff")
    (tmp_path / "text.txt").write_text("no emote", encoding="utf-8")
    _Files.ranges.clear()
    _Files.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, tmp_path))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("KINETIX_TEST_FILES", str(tmp_path))
    monkeypatch.setenv("KINETIX_TEST_URL", f"http://127.0.0.1:{server.server_port}")
    try:
        yield _Files.ranges
    finally:
        server.shutdown()
        server.server_close()


def test_loading_at_run_time(example: Path, files: list[str]) -> None:
    _script(example, "test_loading")
    assert files and files[0] == "bytes=0-16383"


def test_what_cannot_be_loaded_is_said(example: Path, files: list[str]) -> None:
    _script(example, "test_bad_loads")


def test_fifty_players_cost_little_more_than_animation_player_alone(example: Path) -> None:
    output = _script(example, "perf_player")
    found = re.search(r"^bare.*$", output, re.MULTILINE)
    assert found
    print(f"50 characters, a frame: {found[0]}")


@pytest.mark.parametrize("scene", SCENES)
def test_the_example_scenes_run(example: Path, scene: str) -> None:
    code, output = godot(example.parent, example, f"res://scenes/{scene}.tscn", "--quit-after", "40")
    assert code == 0
    assert not bad_lines(output), output


def test_the_exported_example_needs_the_runtime_only(example: Path, tmp_path: Path) -> None:
    """A pack without the editor's part of the add-on, run elsewhere: no hub, no project, no import."""
    left_out = "addons/kinetix_emotes/editor/*,addons/kinetix_emotes/plugin.*,tests/*"
    (example / "loads.gd").write_text(
        "extends SceneTree\n\nfunc _initialize() -> void:\n"
        "\tvar figure: Node = load('res://characters/mannequin.glb').instantiate()\n"
        "\tvar player := EmotePlayer.new()\n\troot.add_child(figure)\n\tfigure.add_child(player)\n"
        "\tawait process_frame\n"
        "\tvar found: bool = await player.load_emote('res://sample_emotes/wave.glb', &'gift')\n"
        "\tvar missing: bool = await player.load_emote('res://sample_emotes/none.glb', &'none')\n"
        "\tprint('LOADED ', [found, player.play(&'gift'), missing])\n\tquit()\n",
        encoding="utf-8",
    )
    pack = tmp_path / "game.pck"
    export_pack(example, pack, left_out)
    data = pack.read_bytes()
    assert b"runtime/emote_player.gdc" in data and b"editor/dock.gdc" not in data
    started = ([f"res://scenes/{scene}.tscn", "--quit-after", "40"] for scene in SCENES)
    for arguments in (*started, ["-s", "res://loads.gd"]):
        code, output = godot(tmp_path, None, "--main-pack", str(pack), *arguments)
        assert code == 0 and not bad_lines(output), output
    assert "LOADED [true, true, false]" in output, "an export has the imported emote, not its file"


def _free_port() -> int:
    """One that no system gives away by itself: the host takes it seconds later, when the other ends of the line have theirs."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found, suppress(OSError):
            found.bind(("127.0.0.1", random.SystemRandom().randrange(20_000, 32_768)))
            return int(found.getsockname()[1])


@contextmanager
def _bad_line(host: int, lost: float, delay: float) -> Iterator[int]:
    """A line to the host's port that loses a share of the packets and takes its time for the others, both ways."""
    chance = random.Random(8)
    near, far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    near.bind(("127.0.0.1", 0))
    far.bind(("127.0.0.1", 0))
    near.settimeout(0.02)
    far.settimeout(0.02)
    peer: list[tuple[str, int]] = []
    ended = threading.Event()

    def carry(taken: socket.socket, given: socket.socket, to_host: bool) -> None:
        waiting: deque[tuple[float, bytes]] = deque()
        while not ended.is_set():
            with suppress(TimeoutError, ConnectionError):
                data, sender = taken.recvfrom(65536)
                if to_host:
                    peer[:] = [sender]
                if chance.random() >= lost:
                    waiting.append((time.monotonic() + delay, data))
            while waiting and waiting[0][0] <= time.monotonic() and (to_host or peer):
                with suppress(OSError):
                    given.sendto(waiting.popleft()[1], ("127.0.0.1", host) if to_host else peer[0])

    threads = [threading.Thread(target=carry, args=ends) for ends in ((near, far, True), (far, near, False))]
    for thread in threads:
        thread.start()
    try:
        yield int(near.getsockname()[1])
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        near.close()
        far.close()


@pytest.mark.parametrize(("lost", "delay"), [(0.0, 0.0), (0.1, 0.04)], ids=["good line", "bad line"])
def test_two_players_over_localhost(example: Path, lost: float, delay: float) -> None:
    """A late joiner, a loop, a hold, a seek, another rate, the same without a loop, the end; then the other has the authority."""
    (example / "peer.tscn").write_text(
        '[gd_scene load_steps=2 format=3]\n\n[ext_resource type="Script" path="res://tests/sync_peer.gd" id="1"]\n\n'
        '[node name="Peer" type="Node"]\nscript = ExtResource("1")\n',
        encoding="utf-8",
    )
    base = [str(tools.godot()), "--headless", "--no-header", "--path", str(example), "res://peer.tscn"]
    processes: dict[str, subprocess.Popen[bytes]] = {}
    logs = {side: example.parent / f"{side}.log" for side in ("host", "join")}
    port = _free_port()
    with _bad_line(port, lost, delay) as line:
        try:
            for side, at in (("host", port), ("join", line)):
                with logs[side].open("wb") as log:
                    processes[side] = subprocess.Popen(
                        [*base, "--", f"--{side}", f"--port={at}"], env=own_environment(example.parent),
                        stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                    )  # fmt: skip
            assert processes["host"].wait(LIMIT_S) == 0
        finally:
            for process in processes.values():
                process.kill()
                process.wait()
    outputs = {side: path.read_text(encoding="utf-8", errors="replace") for side, path in logs.items()}
    for text in outputs.values():
        assert not bad_lines(text), outputs
    assert outputs["join"].count("only the peer with the authority may decide") == 1, outputs
    states = {side: re.findall(r"STATE (\S*) (\w+) at ([\d.]+)", text) for side, text in outputs.items()}
    joined = [(emote, paused) for emote, paused, _ in states["join"]]
    assert ("bow", "false") in joined, f"a late joiner gets what plays: {outputs}"
    assert ("wave", "false") in joined, outputs
    assert outputs["join"].index("STATE wave") < outputs["join"].index("MARK LOOPED"), "it began at once"
    if not lost:  # on a bad line a short hold may be over before it comes
        held = {
            side: [float(at) for emote, paused, at in rows if (emote, paused) == ("wave", "true")]
            for side, rows in states.items()
        }
        assert held["join"] == pytest.approx(held["host"], abs=0.1), "not at the same time of the emote"
        assert held["join"][1] == pytest.approx(1.2, abs=0.05), "a seek is followed"
    assert "AGAIN wave true rate 0.5 loops false" in outputs["host"], "the same one again, not looping, on both sides"
    assert "LOOPS false" in outputs["join"], "the host's settings stay with a peer that decides by itself"
    marks = {
        side: {name: (emote, rate, float(at), float(unix)) for name, emote, at, rate, unix in found}
        for side, text in outputs.items()
        if (found := re.findall(r"MARK ([A-Z ]+): (\S*) at ([\d.]+) rate ([\d.]+) unix ([\d.]+)", text))
    }
    # How far apart in the emote. A side moves and listens once a frame, whose length is the machine's affair.
    frames = {side: max(map(float, re.findall(r"FRAME ([\d.]+)", text))) for side, text in outputs.items()}
    allowed = (0.4 if lost else 0.1) + 2 * sum(frames.values())
    for mark, emote, rate, length in (
        ("LOOPED", "wave", 1.0, 1.6), ("SLOWER", "wave", 0.5, 1.6), ("OTHER WAY", "walk", 1.0, 2.0),
    ):  # fmt: skip
        host, join = marks["host"][mark], marks["join"][mark]
        assert host[:2] == join[:2] == (emote, str(rate)), (mark, marks)
        # The mark itself takes its time to the other side.
        off = abs(join[2] - host[2] - (join[3] - host[3]) * rate) % length
        assert min(off, length - off) < allowed, (mark, marks, frames)


# ---- the scripts themselves


def _addon_scripts() -> list[Path]:
    return sorted((BRIDGE / "addons").rglob("*.gd"))


@pytest.mark.quick
def test_gdformat_and_gdlint() -> None:
    bin_folder = tools.python().parent
    for command in (["gdformat", "--check", "-l", "100"], ["gdlint"]):
        places = ["addons", "example_project/scenes"]
        ended = subprocess.run(
            [str(bin_folder / command[0]), *command[1:], *places],
            cwd=BRIDGE,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_script_compiles_with_untyped_declarations_as_errors(example: Path) -> None:
    paths = [f"res://{path.relative_to(BRIDGE).as_posix()}" for path in _addon_scripts()]
    (example / "every.gd").write_text(
        "extends Node\n" + "".join(f'const P{number} := preload("{path}")\n' for number, path in enumerate(paths)),
        encoding="utf-8",
    )
    code, output = godot(example.parent, example, "--check-only", "-s", "res://every.gd")
    assert code == 0, output
    assert not bad_lines(output), output


@pytest.mark.quick
def test_create_node_offers_what_is_for_scenes_alone() -> None:
    nodes = set()
    for path in _addon_scripts():
        text = path.read_text(encoding="utf-8")
        if re.search(r"^extends (Node\w*|Animation\w+|Control)$", text, re.MULTILINE):
            nodes |= set(re.findall(r"^class_name (\w+)", text, re.MULTILINE))
    assert nodes == {"EmotePlayer", "EmoteSync", "EmoteWheel"}


@pytest.mark.quick
def test_the_zip_is_whole_and_always_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        script = [
            str(tools.python()),
            str(tools.ROOT / "packaging/artefacts/build_godot_addon.py"),
            "--out",
            str(tmp_path / name),
        ]
        subprocess.run(script, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    one, two = (next((tmp_path / name).glob("*.zip")) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
