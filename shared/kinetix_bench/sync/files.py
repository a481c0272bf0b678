"""Files for the sync benchmark: real emotes, small valid ones, and a project."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion.motion import Motion
from kinetix_godot.preset import Preset
from kinetix_godot.target.registry import Registry, Target


def real_emote(number: int, name: str = "bench") -> bytes:
    """A second of movement on the mannequin, with mesh and skin; bytes differ for every number below 10,000."""
    skeleton = mannequin.load().skeleton
    frames = 31
    rotations = np.tile([0.0, 0.0, 0.0, 1.0], (frames, len(skeleton), 1))
    angle = np.sin(np.linspace(0, 2 * np.pi, frames)) * (0.2 + number / 10_000)
    rotations[:, 5, 2], rotations[:, 5, 3] = np.sin(angle / 2), np.cos(angle / 2)
    path = np.tile(skeleton.rest_translations[0], (frames, 1))
    return glb.write_emote(Motion(skeleton, 30.0, rotations, path, name=name))


def small_emote(number: int) -> bytes:
    """Two bones and two keys: about 1 kB. The size is the same for every number."""
    times = np.array([0, 1], "<f4").tobytes()
    turns = np.array([[0, 0, 0, 1], [0, 0, number / 1e5, 1]], "<f4").tobytes()
    binary = times + turns
    views = [{"buffer": 0, "byteOffset": 0, "byteLength": 8}, {"buffer": 0, "byteOffset": 8, "byteLength": 32}]
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": 2, "type": "SCALAR", "min": [0], "max": [1]},
        {"bufferView": 1, "componentType": 5126, "count": 2, "type": "VEC4"},
    ]
    channel = {"sampler": 0, "target": {"node": 0, "path": "rotation"}}
    document = {
        "asset": {"version": "2.0"},
        "nodes": [{"name": "Hips", "children": [1]}, {"name": "Spine", "translation": [0, 1, 0]}],
        "scenes": [{"nodes": [0]}],
        "skins": [{"joints": [0, 1]}],
        "animations": [{"name": f"{number:06}", "channels": [channel], "samplers": [{"input": 0, "output": 1}]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(binary), len(text), 0x4E4F534A)
    return head + text + struct.pack("<II", len(binary), 0x004E4942) + binary


def stage(folder: Path, count: int, first: int, make: Callable[[int], bytes]) -> list[Path]:
    """Write `count` emotes, numbered from `first`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(first, first + count):
        path = folder / f"e{number:05}.glb"
        path.write_bytes(make(number))
        paths.append(path)
    return paths


def new_target(root: Path) -> tuple[Target, Registry, Path]:
    """A project below `root` that follows an empty folder."""
    project, source = root / "project", root / "source"
    (project / ".godot").mkdir(parents=True)  # as in every project that was open once
    source.mkdir()
    (project / "project.godot").write_text("config_version=5\n", encoding="utf-8")
    registry = Registry(root / "home")
    target = registry.add(Target.create(project, "emotes", str(source), Preset()))
    target.path.mkdir()
    return target, registry, source
