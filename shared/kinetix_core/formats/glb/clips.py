"""glTF animations → motions: every interpolation, brought onto one constant frame rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import rates, source
from kinetix_core.formats.budget import Cost
from kinetix_core.formats.glb import morphs, vrm_extension
from kinetix_core.formats.glb.channels import Channels
from kinetix_core.formats.glb.container import Document
from kinetix_core.formats.glb.graph import Nodes, Rig
from kinetix_core.formats.glb.sampling import Sampler, Track
from kinetix_core.io.untrusted_json import as_object
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import FormatError, UnreadableFile
from kinetix_core.values.wording import worded

Array = NDArray[np.float64]
_STILL_M = 1e-4
"""A bone whose translation never leaves its rest by more than this is not said to move; exporters key all of them."""


def clip_names(document: Document) -> list[str]:
    """The name of every animation; `emote` where it has none."""
    return [source.text(item.get("name"), "emote") for item in document.all("animations")]


def moving(document: Document, rig: Rig) -> list[int]:
    """The numbers of the animations with a channel that turns or moves a bone."""
    bones = set(rig.nodes)
    return [number for number, item in enumerate(document.all("animations")) if _moves(item, bones)]


def _moves(animation: dict[str, Any], bones: set[int]) -> bool:
    for channel in source.sequence(animation.get("channels"), "An animation's channels"):
        target = as_object(as_object(channel).get("target"))
        node = target.get("node")
        if target.get("path") in ("rotation", "translation") and isinstance(node, int) and node in bones:
            return True
    return False


def read_clips(document: Document, nodes: Nodes, rig: Rig, numbers: Sequence[int]) -> Iterator[Motion]:
    """Animations as motions of the rig's skeleton, in order. A file with too many tracks is refused before the first is read.

    Transforms of the nodes above the skeleton are folded into its roots. Scale animation is ignored.

    Raises:
        FormatError: damaged, no channel of the skeleton, or longer than can be held.
    """
    wanted = [document.get("animations", number, "An animation") for number in numbers]
    channels = [Channels(document, animation) for animation in wanted]
    for each in channels:
        each.spend_tracks()
    names = clip_names(document)
    for number, animation, each in zip(numbers, wanted, channels, strict=True):
        yield _read_clip(document, nodes, rig, animation, each, names[number])


def _read_clip(
    document: Document, nodes: Nodes, rig: Rig, animation: dict[str, Any], channels: Channels, name: str
) -> Motion:
    above = _above(nodes, rig)
    rotations, translations = _tracks(document, channels, {*rig.nodes, *above}, len(nodes.names))
    tracks = [*rotations, *translations]
    if not tracks:
        raise FormatError(worded("The clip “{clip}” moves no bone of the skeleton.", clip=name))
    own, fps, start, frames = _grid(animation, tracks)
    asked = frames * len({*rig.nodes, *(track.node for track in tracks)})
    if asked > source.MAX_POSES:
        raise FormatError(
            worded(
                "The clip “{clip}” is too long: {frames} frames of {bones} bones.",
                clip=name,
                frames=frames,
                bones=len(rig.nodes),
            ),
            next_step="Cut it into shorter clips.",
        )
    document.budget.spend(Cost.POSES, asked + frames * len(translations))
    at = start + np.arange(frames) / fps
    sampler = Sampler(at)
    turned = {track.node: sampler.sample(track, turn=True) for track in rotations}
    for node in [node for node in turned if nodes.signs[node, 3] != 1.0]:
        turned[node] = quat.multiply(turned[node], nodes.signs[node])
    moved = {track.node: sampler.sample(track, turn=False) for track in translations}
    poses = np.empty((frames, len(rig.nodes), 4))
    poses[:] = nodes.rotations[rig.nodes]
    for bone, node in enumerate(rig.nodes):
        if node in turned:
            poses[:, bone] = turned.pop(node)
    paths: dict[int, Array] = {}
    for bone in np.flatnonzero(rig.skeleton.parents < 0).tolist():
        node = rig.nodes[bone]
        place = np.broadcast_to(moved.get(node, nodes.translations[node]), (frames, 3))
        poses[:, bone], paths[bone] = _merged_with_parents(
            nodes, int(nodes.parents[node]), turned, moved, poses[:, bone], place
        )
    for bone, node in enumerate(rig.nodes):
        if bone not in paths and node in moved:
            paths[bone] = moved[node] * rig.metres[bone]
    root = paths.pop(0)
    rest = rig.skeleton.rest_translations
    paths = {bone: path for bone, path in paths.items() if np.abs(path - rest[bone]).max() > _STILL_M}
    turns = quat.continuous(quat.normalize(poses))
    face = morphs.read_face(document, channels, at)
    if face is None:
        face = vrm_extension.read_expressions(document, channels, at)
    return Motion(rig.skeleton, fps, turns, np.ascontiguousarray(root), name, own, paths, face)


def _above(nodes: Nodes, rig: Rig) -> list[int]:
    found: dict[int, None] = {}
    for bone in np.flatnonzero(rig.skeleton.parents < 0):
        up = int(nodes.parents[rig.nodes[bone]])
        while up >= 0 and up not in found:
            found[up] = None
            up = int(nodes.parents[up])
    return list(found)


def _tracks(document: Document, channels: Channels, wanted: set[int], count: int) -> tuple[list[Track], list[Track]]:
    found: dict[str, dict[int, Track]] = {"rotation": {}, "translation": {}}
    for channel, path, node in channels.of(("rotation", "translation"), count):
        if node not in wanted:
            continue
        if node in found[path]:
            raise UnreadableFile("An animation has two channels for the same bone")
        turns = path == "rotation"
        kind, what = ("VEC4", "A channel's rotations") if turns else ("VEC3", "A channel's translations")
        found[path][node] = channels.track(channel, node, kind, what)
    return list(found["rotation"].values()), list(found["translation"].values())


def _grid(animation: dict[str, Any], tracks: list[Track]) -> tuple[dict[str, Any], float, float, int]:
    """Our own metadata of the clip: its rate, first second and number of frames."""
    distinct = list({id(track.times): track.times for track in tracks}.values())
    start, end = min(float(times[0]) for times in distinct), max(float(times[-1]) for times in distinct)
    own = dict(as_object(as_object(animation.get("extras")).get("kinetix")))
    said = own.pop("fps", None)
    if isinstance(said, (int, float)) and not isinstance(said, bool) and 0 < said <= 1000:
        fps = float(said)
    elif len(distinct) == 1:
        fps = rates.from_times(distinct[0])
    else:
        fps = rates.from_times(np.unique(np.concatenate(distinct)))
    return own, fps, start, round((end - start) * fps) + 1


def _merged_with_parents(
    nodes: Nodes, node: int, turned: dict[int, Array], moved: dict[int, Array], rotations: Array, positions: Array
) -> tuple[Array, Array]:
    """The pose of a root bone (F, 4), (F, 3) in the frame of `node` → in the world."""
    while node >= 0:
        still = []
        while node >= 0 and node not in turned and node not in moved:
            still.append(node)
            node = int(nodes.parents[node])
        if still:
            matrix, place, turn = _chain(nodes, still)
            positions = positions @ matrix.T + place
            rotations = quat.multiply(turn, rotations)
        if node >= 0:
            turn = quat.normalize(np.broadcast_to(turned.get(node, nodes.rotations[node]), rotations.shape))
            positions = quat.rotate(turn, positions * nodes.scales[node]) + moved.get(node, nodes.translations[node])
            rotations = quat.multiply(turn, rotations)
            node = int(nodes.parents[node])
    return rotations, positions


def _chain(nodes: Nodes, upwards: list[int]) -> tuple[Array, Array, Array]:
    """Return the transform of a chain of static nodes: matrix (3, 3), position (3,), rotation without scale."""
    own = quat.to_matrix(nodes.rotations[upwards]) * nodes.scales[upwards, None]
    matrix, place = np.eye(3), np.zeros(3)
    for node, step in zip(upwards, own, strict=True):
        matrix, place = step @ matrix, step @ place + nodes.translations[node]
    above = int(nodes.parents[upwards[-1]])
    turn = nodes.world_rotations[upwards[0]]
    return matrix, place, turn if above < 0 else quat.multiply(quat.conjugate(nodes.world_rotations[above]), turn)
