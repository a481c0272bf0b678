"""Every state that the add-on's panels can be in, made up: of the connection, the jobs, the library, the clip, the scene, Godot.

For Blender as a module (check_drawn.py) and for one with a window (gui/drawn.py): a state is made by its function, `clear` takes
it away again.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import rigs
from blender_api import CONTEXT, OPS, data_libraries
from hub_answers import BARE_ERROR, CHECKS, CONNECTION, ERROR, JOB_STATES, LONG, emote, job, png

Addon = Callable[[str], Any]
"""Gives a module of the add-on by its name inside it."""
# The values of the panels, by the module that holds them.
HOMES = {
    "clip_form": "FORM",
    "jobs.props": "JOBS",
    "library.props": "LIBRARY",
    "import_options": "IMPORT",
    "godot.ops": "GODOT",
    "preview.stage": "COMPARE",
}


def reset(addon: Addon) -> None:
    """Give every panel its default values."""
    for module, name in HOMES.items():
        values = getattr(addon(module), name)
        vars(values).update(vars(type(values)()))
    addon("refining.takes").TAKES.clear()


class States:
    """Makes the states of one running add-on."""

    def __init__(self, addon: Addon, folder: Path) -> None:
        self.addon, self.folder = addon, folder
        self.link = addon("hub.heartbeat").LINK
        self.examination = addon("doctor.examination").EXAMINATION

    @property
    def values(self) -> Any:
        """Those of the form."""
        return CONTEXT.window_manager.kinetix_create

    def clear(self) -> None:
        """Nothing is there: connected, no job, no emote, no target, an empty scene."""
        state, link = self.link.state, self.link
        self.addon("view_modes").PREVIEW.end()
        if CONTEXT.object and CONTEXT.object.mode != "OBJECT":
            OPS.object.mode_set(mode="OBJECT")
        collections: Any = (bpy.data.objects, bpy.data.armatures, bpy.data.meshes, bpy.data.actions, bpy.data.libraries)
        for collection in collections:
            for item in list(collection):
                collection.remove(item)
        self.addon("hub.heartbeat")._panel_seen = False  # whatever was drawn before
        link.phase, link.problem, link.may_start = "live", None, False
        state.connection = {"profile": "local", "state": "ready", "message": "", "nextStep": ""}
        state.profiles = [{"name": "local", "kind": "local", "active": True}]
        state.jobs, state.emotes, state.targets, state.notices = {}, {}, {}, []
        self.addon("create.frames")._film = None
        self.examination.close()
        self.values.clip = ""
        reset(self.addon)
        state.changed()

    def leave(self) -> None:
        """The add-on as it was: nothing made up is left, and it may look for a hub again."""
        self.clear()
        self.link.close()
        self.link.may_start = True
        self.link.state.connection, self.link.state.profiles = None, []

    # --- the connection ---------------------------------------------------------------------------------------------
    def phase(self, name: str) -> None:
        self.link.phase = name
        if name == "failed":
            self.link.problem = {"title": ERROR["title"], "nextStep": ERROR["nextStep"]}

    def connection(self, name: str, code: str = "", **profile: Any) -> None:
        said = {"message": "A reason.", "nextStep": "Do this.", "code": code}
        self.link.state.connection = {"profile": "cloud", "state": name, **said}
        if name == "bare":
            self.link.state.connection = None
        if profile:
            self.link.state.profiles = [{"name": "cloud", "active": True, **profile}]

    def profiles(self) -> None:
        self.link.state.profiles = [
            {"name": "local", "kind": "local", "active": True},
            {"name": "cloud", "kind": "cloud", "hasKey": True, "user": "player-7"},
            {"name": LONG, "kind": "custom", "hasKey": False},
        ]

    def notices(self) -> None:
        for level in ("info", "warning", "error"):
            self.link.state.notice(level, ERROR["title"], ERROR["nextStep"])
        self.link.state.notices[-1].when = time.monotonic()

    def examined(self, *checks: dict[str, Any], problems: int = 0) -> None:
        """Show findings of the hub's doctor."""
        found = [{"id": f"emote-{one}", "name": f"Wave {one}", **ERROR} for one in range(problems)]
        report = {"checks": list(checks), "problems": found, "connection": CONNECTION}
        self.examination.shown = True
        self.examination._take(SimpleNamespace(error=None, data=report))

    def looking(self) -> None:
        self.examination.shown, self.examination._pending = True, lambda _: None

    # --- jobs -------------------------------------------------------------------------------------------------------
    def one_job(self, state: str) -> None:
        more: dict[str, Any] = {"emoteId": "emote-1"} if state == "delivered" else {}
        if state in ("failed", "rejected"):
            more["error"] = ERROR
        if state == "awaitingUpload":
            phone = {
                "url": "http://192.168.1.20:4321/x",
                "expires": "2999-01-01T00:05:00Z",
                "qr": ["000", "010", "000"],
            }
            more["phone"] = phone | {"hint": "Only this machine can open the link."}
        if state == "awaitingDecision":
            picture = emote(1, self.folder)["files"]["thumbnail"]
            more |= {"hints": ["Clip 2 was not used: less than a second of it was filmed at the same time."]}
            more |= {"retriesLeft": 2, "preview": {"glb": "take.glb", "thumbnail": picture, "clip": "dance.mp4"}}
        if state == "processing":
            more["stage"] = "track"
        self.jobs(job(1, state, **more))

    def odd_jobs(self) -> None:
        """Show jobs as a hub of another version may send them."""
        bare = {"id": "bare", "state": "unheard of"}
        phone = {"url": "", "expires": None, "qr": None}
        self.jobs(
            bare,
            job(1, "processing", percent=None, stage="unheard of", remainingS=None, name=LONG),
            job(2, "awaitingUpload", phone=phone),
            job(3, "awaitingUpload"),
            job(4, "awaitingDecision"),
            job(5, "awaitingDecision", retriesLeft=0, preview={"glb": "take.glb"}),
            job(6, "failed", error=BARE_ERROR),
        )

    def many_jobs(self) -> None:
        self.jobs(*(job(number, JOB_STATES[number % len(JOB_STATES)]) for number in range(24)))

    def jobs(self, *jobs: dict[str, Any]) -> None:
        self.link.state.jobs = {one["id"]: one for one in jobs}

    # --- the library ------------------------------------------------------------------------------------------------
    def library(self, count: int, **more: Any) -> None:
        made = [emote(number, self.folder, **(more if number == 1 else {})) for number in range(1, count + 1)]
        self.link.state.emotes = {one["id"]: one for one in made}
        self.addon("library.props").LIBRARY.selected = "emote-1"

    def former_version(self) -> None:
        self.library(2, versionOf="emote-2", currentSince="2026")
        self.link.state.emotes["emote-2"]["currentSince"] = "2027"
        self.link.state.changed()

    def searched_in_vain(self) -> None:
        self.library(3)
        self.addon("library.props").LIBRARY.search = "nothing of that name"

    def ticked(self) -> None:
        self.library(8)
        self.addon("library.props").LIBRARY.ticked = ["emote-2", "emote-3"]
        self.addon("library.props").LIBRARY.deleted = "gone"

    # --- the clip ---------------------------------------------------------------------------------------------------
    def clip(self, name: str = "dance_take_2.mp4", **film: Any) -> None:
        file = self.folder / name
        file.write_bytes(b"not a film")
        self.values.clip = str(file)
        frames = self.addon("create.frames")
        if frames.film() is not None:
            frames.film().stop()
        shown = {"clip": str(file), "problem": "", "reading": False, "stopped": False, "side": 512}
        shown |= {"share": 1.0, "seconds": 4.0, "fps": 30.0}
        frames._film = SimpleNamespace(**shown | film, number_at=lambda _s: 0, has=lambda _s: True)

    def trimmed(self) -> None:
        self.clip(seconds=8.0)
        self.values.start, self.values.end = 1.0, 4.0

    def cropped(self) -> None:
        self.clip(seconds=8.0)
        self.values.crop, self.values.crop_left, self.values.crop_top = True, 30.0, 10.0

    def two_cameras(self, *names: str, **film: Any) -> None:
        """`names` of the further clips."""
        self.clip(**{"seconds": 8.0} | film)
        views = [self.folder / name for name in names]
        for view in views:
            view.write_bytes(b"another film")
        self.addon("clip_form").FORM.views = [str(view) for view in views]

    def several_people(self, number: int = 2) -> None:
        """Seen in the clip; nobody is chosen yet."""
        self.clip(seconds=8.0)
        colours = ((200, 60, 50), (60, 90, 200), (70, 170, 80), (190, 170, 60))
        people = [
            {"at": [1.0, (one + 1) / (number + 1), 0.5], "jpeg": base64.b64encode(png(80, 160, colours[one])).decode()}
            for one in range(number)
        ]
        self.addon("create.seen_people").take(people)

    def half_a_body(self) -> None:
        """Somebody at a desk, seen before the clip is sent."""
        self.clip("desk.mp4", seconds=8.0)
        self.addon("create.seen_people").take([{"at": [1.0, 0.5, 0.5], "jpeg": "", "upperOnly": True}])

    def several_clips(self, number: int = 14) -> None:
        """Chosen together; more than the form lists."""
        files = [self.folder / f"take_{one + 1:02d}.mp4" for one in range(number)]
        for file in files:
            file.write_bytes(b"not a film")
        self.addon("create.many").choose(map(str, files))

    def sent_together(self) -> None:
        """One in each state, one that the hub refused, and one that is sent next."""
        batch, answer = self.addon("jobs.batch"), self.addon("hub.link").Answer
        clips = [f"/films/take_{number:02d}.mp4" for number in range(len(JOB_STATES) + 2)]
        batch.begin(clips)
        for number, state in enumerate(JOB_STATES):
            batch.note(clips[number], answer(200, job(number, state)))
        batch.note(clips[-2], answer(400, error=ERROR))

    def useless_camera(self) -> None:
        self.two_cameras("side.mp4")
        problem = f"{ERROR['title']} {ERROR['nextStep']}"
        self.addon("clip_form").FORM.clip_problems = {str(self.folder / "side.mp4"): problem}

    # --- the scene --------------------------------------------------------------------------------------------------
    def mannequin(self) -> Any:
        return self.addon("importing.mannequin").bring(CONTEXT)

    def pose_mode(self) -> None:
        rig = self.mannequin()
        rig.data.bones.active = rig.data.bones[0]
        OPS.object.mode_set(mode="POSE")

    def edit_mode(self) -> None:
        self.mannequin()
        OPS.object.mode_set(mode="EDIT")

    def mapped_by_hand(self, human: str, bone: str) -> None:
        mapping = self.addon("importing.mapping")
        rig = self.mannequin()
        mapping.change(rig, human, bone)
        mapping.mapping_of(rig).save(mapping.preset_folder() / "Mine.json")

    def mapped_fingers(self) -> None:
        self.mannequin()
        self.addon("import_options").IMPORT.show_fingers = True

    def linked(self, *, override: bool) -> None:
        rig = self.mannequin()
        file = self.folder / "character.blend"
        bpy.data.libraries.write(str(file), {rig, *rig.children})
        name = rig.name
        for obj in list(bpy.data.objects):
            bpy.data.objects.remove(obj)
        with data_libraries().load(str(file), link=True) as (_found, wanted):
            wanted.objects = [name]
        rig = wanted.objects[0]
        CONTEXT.collection.objects.link(rig)
        if override:
            rig = rig.override_create(remap_local_usages=True)
        CONTEXT.view_layer.objects.active = rig
        rig.select_set(True)

    def mesh(self) -> None:
        OPS.mesh.primitive_cube_add()

    def tweaked(self) -> None:
        """A rig in NLA tweak mode: it takes no Action."""
        rig = self.mannequin()
        track = rig.animation_data_create().nla_tracks.new()
        track.strips.new("strip", 1, bpy.data.actions.new("strip"))
        rig.animation_data.use_tweak_mode = True

    # --- Godot ------------------------------------------------------------------------------------------------------
    def godot(self, **more: Any) -> None:
        target = {"id": "game", "project": "/home/somebody/games/mygame", "folder": "emotes", "counts": {"synced": 3}}
        self.link.state.targets = {"game": target | more}
        self.mannequin()
        for name in ("Walk", "Run", LONG):
            bpy.data.actions.new(name)

    def sending(self) -> None:
        self.godot()
        sending = self.addon("godot.sending")
        task = SimpleNamespace(ended=lambda: False, cancel=lambda: None, folder=self.folder / "no export")
        sending._current = sending.Sending("Mannequin", ("Walk",), "game", self.folder, "Scene"), task, {}

    def finished_jobs(self) -> None:
        self.many_jobs()
        self.addon("jobs.props").JOBS.show_ended = True

    def first_hour(self) -> None:
        """A library of some emotes whose jobs have ended, and the next clip is chosen."""
        self.library(8)
        self.jobs(*(job(number, "delivered", emoteId=f"emote-{number}") for number in range(1, 9)))
        self.clip(seconds=4.2, fps=29.97)

    def refined(self, **more: Any) -> None:
        """An emote that plays, with what is known of its take."""
        self.library(3)
        rig = self.mannequin()
        action = bpy.data.actions.new("Wave 1")
        action.use_frame_range = True
        action.frame_start, action.frame_end = 1.0, 61.0
        action["kinetix_emote"] = "emote-1"
        self.addon("compat").assign_action(rig.animation_data_create(), action)
        foot = {"id": "left-stands-4", "kind": "foot", "side": "left", "first": 4, "last": 9, "stands": True}
        span = {"limb": "leftArm", "first": 4, "last": 20, "worst": 9, "confidence": 0.1}
        captured = {"number": 1, "emote": "emote-1", "corrections": [], "unsure": [span], "firstFrame": 0}
        corrected = captured | {"number": 2, "emote": "emote-2", "corrections": [foot], "unsure": []}
        failed = {"number": 3, "emote": "gone", "corrections": [foot], "error": ERROR}
        take = self.addon("refining.takes").take_of("emote-1")
        away = {"id": "rightUpperArm-7", "kind": "depth", "frame": 7, "part": "rightUpperArm", "towards": False}
        take.versions = [captured | {"current": True}, corrected | {"current": False}, failed]
        take.corrections = {"left-stands-4": foot, "rightUpperArm-7": away}
        for name, value in more.items():
            setattr(take, name, value)

    def just_imported(self) -> None:
        self.library(2)
        self.addon("import_options").IMPORT.report = "Onto Rig"

    def all(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Name and maker of each state."""
        yield "nothing", lambda: None
        for phase in ("off", "searching", "starting", "snapshot", "failed"):
            yield f"phase {phase}", partial(self.phase, phase)
        for name in ("starting", "offline", "badKey", "noKey", "error", "unheard of", "bare"):
            yield f"connection {name}", partial(self.connection, name)
        yield "capture not installed", lambda: self.connection("offline", code="localNotInstalled")
        yield "key missing", lambda: self.connection("noKey", kind="staging", user="player-7", url="http://127.0.0.1:1")
        yield "online access off", lambda: self.connection("ready", kind="cloud", hasKey=True)
        yield "profiles", self.profiles
        yield "notices", self.notices
        yield "looking for what is wrong", self.looking
        yield "nothing is wrong", self.examined
        yield "what is wrong", lambda: self.examined(*CHECKS, problems=1)
        yield "much is wrong", lambda: self.examined(*CHECKS, {"state": "unheard of"}, {}, problems=9)
        for state in JOB_STATES:
            yield f"job {state}", partial(self.one_job, state)
        yield "odd jobs", self.odd_jobs
        yield "many jobs", self.many_jobs
        yield "finished jobs", self.finished_jobs
        yield "one emote", lambda: self.library(1)
        yield "a full library", lambda: self.library(20, pinned=True, name=LONG)
        yield "a former version", self.former_version
        yield "a damaged emote", lambda: self.library(2, problem=ERROR, files={})
        yield "an odd emote", lambda: self.library(2, name=None, durationS=None, fps=None, files=None, createdAt=None)
        yield "an import just made", self.just_imported
        yield "searched in vain", self.searched_in_vain
        yield "several emotes ticked", self.ticked
        yield "a first hour", self.first_hour
        yield "a clip", lambda: self.clip(seconds=4.2, fps=29.97)
        yield "a clip being read", lambda: self.clip(reading=True, share=0.3, seconds=0.0)
        yield "a clip that is no film", lambda: self.clip(problem=self.addon("films").UNREADABLE, seconds=0.0)
        yield "a clip that is gone", lambda: setattr(self.addon("clip_form").FORM, "clip", "/nowhere/dance.mp4")
        yield "a clip that is too short", lambda: self.clip(seconds=0.8)
        yield "a clip that is too long", lambda: self.clip(seconds=42.0)
        yield "a trimmed clip", self.trimmed
        yield "a cropped clip", self.cropped
        yield "two cameras", lambda: self.two_cameras("side.mp4")
        yield "four cameras", lambda: self.two_cameras("side.mp4", "behind.mp4", f"{LONG}.mp4")
        yield "a camera of no use", self.useless_camera
        yield "several people", self.several_people
        yield "half a body", self.half_a_body
        yield "several clips", self.several_clips
        yield "clips sent together", self.sent_together
        yield "a mesh", self.mesh
        yield "the mannequin", self.mannequin
        yield "pose mode", self.pose_mode
        yield "edit mode", self.edit_mode
        yield "mapped by hand", lambda: self.mapped_by_hand("LeftHand", "LeftForeArm")
        yield "mapped fingers", self.mapped_fingers
        yield "mapped wrong", lambda: self.mapped_by_hand("Hips", "Spine2")
        bones = {name: (None, (0, 0, number), (0, 0, number + 1), 0.0) for number, name in enumerate("abc")}
        yield "a rig that is no body", lambda: rigs.armature("Odd", bones)
        yield "a rig without bones", lambda: rigs.armature("Odd", {})
        yield "a linked rig", lambda: self.linked(override=False)
        yield "a library override", lambda: self.linked(override=True)
        yield "a rig in tweak mode", self.tweaked
        yield "a take that can be refined", self.refined
        yield "a take that nobody asked for", lambda: self.refined(versions=None)
        yield "a take that cannot be refined", lambda: self.refined(error=ERROR)
        yield "a take being solved", lambda: self.refined(job="job-1")
        yield "an odd take", lambda: self.refined(versions=[{}, {"emote": "emote-1", "unsure": [{}]}])
        yield "a Godot project", self.godot
        yield "a Godot project in trouble", lambda: self.godot(error=ERROR, counts={"conflicts": 2})
        yield "sending to Godot", self.sending

    @contextmanager
    def made(self, make: Callable[[], Any]) -> Iterator[None]:
        self.clear()
        make()
        self.link.state.changed()
        try:
            yield
        finally:
            self.addon("godot.sending")._current = None
            mapping = self.addon("importing.mapping")
            for rig in rigs.armatures():
                mapping.forget(rig)
            self.clear()
