"""BVH: the text format of motion capture. Reads any channel order, unit and rate; writes centimetres and Z X Y rotations."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from kinetix_core import mannequin
from kinetix_core.formats import rates, source
from kinetix_core.formats.figure import on_mannequin
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import FormatError, UnreadableFile

Array = NDArray[np.float64]
_UNITS_M = (1.0, 0.01, 0.0254, 0.056444)
"""Metres, centimetres, inches, and the unit of the CMU library; files do not say which one they use."""
_FIGURE_M = 1.7
_STILL_M = 1e-4
_MAX_TEXT, _MAX_HIERARCHY = 40 << 20, 2 << 20
_MAX_NUMBERS = 7 * source.MAX_POSES // 2
_MAX_DEPTH = 512
_NUMBER = re.compile(rb"[-+.0-9eE\s]*\Z")
_GAP = re.compile(rb"\s")
_TINY = re.compile(rb"[eE]-0*[1-9][0-9]")
_MOST_TO_READ = 15 * source.MAX_POSES // 4
"""Numbers, those below 1e-9 counted three times: they measure nothing, and one takes as long to read as some others."""
_PART = 1 << 20
_PLAIN_NUMBER = re.compile(r"[-+]?\.?[0-9]")
_CHANNEL = re.compile(r"([XYZ])(position|rotation)\Z", re.IGNORECASE)


@dataclass
class _Joint:
    name: str
    parent: int
    offset: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    rest_degrees: list[float] = field(default_factory=list)
    """Angles about x, y and z that SOMA's files append to the offset; empty in a plain BVH, whose joints rest unturned."""
    channels: list[tuple[int, int, bool]] = field(default_factory=list)
    """(column, axis 0 … 2, is a rotation) in the file's order."""


def read_motion(
    data: source.Source, name: str | None = None, *, unit_m: float | None = None, z_up: bool | None = None
) -> Motion:
    """The clip of a BVH file.

    Args:
        name: of the motion; the file has none.
        unit_m: metres per unit; None takes the unit that makes the figure most like a person.
        z_up: whether the file's z points up; None asks whether the figure stands along it.

    Raises:
        FormatError: not BVH, damaged, or larger than can be held.
    """
    view = source.load(data, "BVH")
    if len(view) > _MAX_TEXT:
        raise UnreadableFile(f"The BVH is {len(view) >> 20} MiB; at most {_MAX_TEXT >> 20} MiB are read")
    raw = bytes(view).removeprefix(b"\xef\xbb\xbf")
    if not re.match(rb"\s*HIERARCHY\b", raw, re.IGNORECASE):
        raise FormatError("The file is not a BVH.", detail="It does not begin with “HIERARCHY”.")
    # Not \s, which would look at every blank line from every one before it.
    found = re.search(rb"^[ \t]*MOTION\b", raw, re.MULTILINE | re.IGNORECASE)
    if not found:
        raise UnreadableFile("The BVH has no MOTION part")
    if found.start() > _MAX_HIERARCHY:
        raise UnreadableFile("The BVH's hierarchy is too long")
    joints, columns = _hierarchy(raw[: found.start()])
    frames, fps, table = _table(raw[found.end() :], columns, len(joints))
    offsets = np.array([joint.offset for joint in joints])
    parents = np.array([joint.parent for joint in joints], np.int64)
    rest = np.array([_rest_rotation(joint) for joint in joints])
    names = source.unique([joint.name for joint in joints])
    scale, turn = _frame_of(kinematics.rest_pose(Skeleton(names, parents, rest, offsets))[1], unit_m, z_up)
    rotations = np.empty((frames, len(joints), 4))
    for bone, joint in enumerate(joints):
        rotations[:, bone] = _turns(joint, table)
    offsets = offsets @ turn.T * scale
    if (turn != np.eye(3)).any():
        up = quat.from_matrix(turn)
        rotations = quat.multiply(quat.multiply(up, rotations), quat.conjugate(up))
        rest = quat.multiply(quat.multiply(up, rest), quat.conjugate(up))
    root = _positions(joints[0], table) @ turn.T * scale
    if not any(not is_turn for _, _, is_turn in joints[0].channels):
        root = np.tile(offsets[0], (frames, 1))
    skeleton = Skeleton(names, parents, rest, np.ascontiguousarray(offsets))
    paths = _paths(skeleton, joints, table, turn, scale)
    return Motion(skeleton, fps, quat.continuous(quat.normalize(rotations)), root, name or "emote", {}, paths)


def write_motion(motion: Motion, *, unit_m: float = 0.01) -> str:
    """The text of a BVH file.

    BVH joints rest unrotated, so rotated rest poses are baked: every joint keeps its world position in every frame.
    """
    skeleton = motion.skeleton
    if len(np.flatnonzero(skeleton.parents < 0)) > 1:
        raise FormatError("A BVH has one root bone.", next_step="Write a GLB instead.")
    order = _depth_first(skeleton)
    rest_rotations, heads = kinematics.rest_pose(skeleton)
    world, _ = kinematics.forward(motion)
    turned = quat.multiply(world, quat.conjugate(rest_rotations)[None])
    local = kinematics.local_rotations(skeleton.parents, turned)
    offsets = np.where(skeleton.parents[:, None] >= 0, heads - heads[skeleton.parents], heads) / unit_m
    lines = ["HIERARCHY"]
    paths = {
        bone: quat.rotate(rest_rotations[skeleton.parents[bone]], path) / unit_m
        for bone, path in motion.translations.items()
    }
    paths[0] = motion.root_positions / unit_m
    _write_joints(lines, skeleton, order, offsets, _ends(skeleton, heads) / unit_m, set(paths))
    lines += ["MOTION", f"Frames: {len(motion)}", f"Frame Time: {1 / motion.fps:.9f}"]
    angles = np.degrees(_zxy(local))
    table = np.hstack([part for bone in order for part in ([paths[bone]] if bone in paths else []) + [angles[:, bone]]])
    row = " ".join(["%.6f"] * table.shape[1])
    lines += [row % tuple(values) for values in table.tolist()]
    return "\n".join(lines) + "\n"


def _hierarchy(raw: bytes) -> tuple[list[_Joint], int]:
    words = raw.decode("utf-8", "replace").split()
    joints: list[_Joint] = []
    above: list[int] = []  # open braces: index of the joint, -1 for an end site
    opened: int | None = None
    column, at = 0, 1

    def take(count: int) -> list[str]:
        nonlocal at
        found = words[at : at + count]
        if len(found) < count:
            raise UnreadableFile("The BVH's hierarchy is truncated")
        at += count
        return found

    while at < len(words):
        word = take(1)[0].upper()
        if word in ("ROOT", "JOINT"):
            start = at
            while at < len(words) and words[at] != "{":
                at += 1
            if len(joints) >= source.MAX_BONES or len(above) >= _MAX_DEPTH:
                raise UnreadableFile(f"The BVH has more than {source.MAX_BONES} joints or {_MAX_DEPTH} levels")
            if word == "ROOT" and joints:
                raise FormatError("The BVH has more than one root.", next_step="Save one figure per file.")
            if word == "JOINT" and (not above or above[-1] < 0):
                raise UnreadableFile("A joint of the BVH has no parent")
            name = " ".join(words[start:at])[:200]
            joints.append(_Joint(name or f"joint_{len(joints)}", above[-1] if above else -1))
            opened = len(joints) - 1
        elif word == "END":
            take(1)
            opened = -1
        elif word == "{":
            if opened is None:
                raise UnreadableFile("The BVH has an unexpected opening brace")
            above.append(opened)
            opened = None
        elif word == "}":
            if not above:
                raise UnreadableFile("The BVH has an unexpected closing brace")
            above.pop()
        elif word == "OFFSET":
            offset = [_number(part) for part in take(3)]
            degrees = []
            if words[at : at + 1] and _PLAIN_NUMBER.match(words[at]):
                degrees = [_number(part) for part in take(3)]
            if above and above[-1] >= 0:
                joints[above[-1]].offset, joints[above[-1]].rest_degrees = offset, degrees
        elif word == "CHANNELS":
            count = _number(take(1)[0])
            if not above or above[-1] < 0 or not 0 <= count <= 6 or count != int(count):
                raise UnreadableFile("The BVH has channels that belong to no joint, or more than six")
            for text in take(int(count)):
                match = _CHANNEL.match(text)
                if not match:
                    raise UnreadableFile(f"The BVH has the unknown channel “{text[:20]}”")
                axis = "XYZ".index(match[1].upper())
                joints[above[-1]].channels.append((column, axis, match[2].lower() == "rotation"))
                column += 1
            if len(joints[above[-1]].channels) > 6:
                raise UnreadableFile("A joint of the BVH has more than six channels")
        else:
            raise UnreadableFile(f"The BVH's hierarchy has the unknown word “{word[:20]}”")
    if above or not joints:
        raise UnreadableFile("The BVH's hierarchy is not closed")
    return joints, column


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise UnreadableFile(f"The BVH has “{text[:20]}” where a number belongs") from error
    if not abs(value) < 1e9:
        raise UnreadableFile("The BVH has a value out of range")
    return value


def _table(raw: bytes, columns: int, joints: int) -> tuple[int, float, Array]:
    head = re.match(rb"\s*Frames\s*:\s*(\d{1,9})\s+Frame\s+Time\s*:\s*(\S{1,40})[^\n]*(?:\n|\Z)", raw, re.IGNORECASE)
    if not head:
        raise UnreadableFile("The BVH has no frame count")
    frames, fps = int(head[1]), rates.from_period(_number(head[2].decode("ascii", "replace")))
    body = raw[head.end() :]
    if not frames:
        raise UnreadableFile("The BVH has no frame")
    if frames * max(joints, 1) > source.MAX_POSES or frames * columns > _MAX_NUMBERS:
        raise UnreadableFile(f"The BVH has {frames} frames of {joints} joints, more than can be read at once")
    if not _NUMBER.match(body):
        raise UnreadableFile("The BVH has text among the numbers of its frames")
    allowed = (_MOST_TO_READ - frames * columns) // 2
    if body.count(b"e-") + body.count(b"E-") > allowed and any(islice(_TINY.finditer(body), allowed, None)):
        raise FormatError(
            "The BVH has too many tiny numbers.",
            detail=f"With so many frames {allowed:,} may be below 1e-9.",
            next_step="Export it with a fixed number of digits, or a part of it.",
        )
    table = _numbers(body, frames * columns)
    if len(table) < frames * columns:
        raise UnreadableFile(f"The BVH declares {frames} frames and ends after {len(table) // max(columns, 1)}")
    table = table[: frames * columns]
    if table.size and not np.abs(table).max() < 1e9:
        raise UnreadableFile("The BVH has a value out of range")
    return frames, fps, table.reshape(frames, columns)


def _numbers(body: bytes, wanted: int) -> Array:
    """The numbers of a text, read part by part until there are `wanted` of them."""
    parts: list[Array] = []
    have, at = 0, 0
    while at < len(body) and have < wanted:
        gap = _GAP.search(body, at + _PART)
        end = gap.start() if gap else len(body)
        part = body[at:end].strip()
        at = end
        if part:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", DeprecationWarning)  # older numpy only warns of what it cannot read
                    parts.append(np.fromstring(part, np.float64, sep=" "))
            except (ValueError, DeprecationWarning) as error:
                raise UnreadableFile("The BVH has text among the numbers of its frames") from error
            have += len(parts[-1])
    return np.concatenate(parts) if parts else np.zeros(0)


def _turns(joint: _Joint, table: Array) -> Array:
    """Return (F, 4): the rotation channels in the file's order, the first one outermost."""
    out = np.tile(quat.IDENTITY, (len(table), 1))
    for column, axis, is_turn in joint.channels:
        if is_turn:
            out = quat.multiply(out, quat.from_axis_angle(np.eye(3)[axis], np.radians(table[:, column])))
    return out


def _rest_rotation(joint: _Joint) -> Array:
    """Return (4,): the rest angles in the order of the joint's rotation channels."""
    out = quat.IDENTITY
    for axis in [axis for _, axis, is_turn in joint.channels if is_turn] if joint.rest_degrees else []:
        out = quat.multiply(out, quat.from_axis_angle(np.eye(3)[axis], np.radians(joint.rest_degrees[axis])))
    return out


def _positions(joint: _Joint, table: Array) -> Array:
    """Return (F, 3): the position channels; an axis without one keeps the offset."""
    out = np.tile(np.array(joint.offset), (len(table), 1))
    for column, axis, is_turn in joint.channels:
        if not is_turn:
            out[:, axis] = table[:, column]
    return out


def _paths(skeleton: Skeleton, joints: list[_Joint], table: Array, turn: Array, scale: float) -> dict[int, Array]:
    """Bone → (F, 3) for the joints below the root that really move; many files give every joint six channels."""
    paths = {}
    for bone, joint in enumerate(joints):
        if bone and any(not is_turn for _, _, is_turn in joint.channels):
            path = _positions(joint, table) @ turn.T * scale
            # Some programs write where a joint moved from its offset, most where it is: zeros mean the former.
            if not path.any():
                continue
            if np.abs(path - skeleton.rest_translations[bone]).max() > _STILL_M:
                paths[bone] = path
    return paths


def _frame_of(heads: Array, unit_m: float | None, z_up: bool | None) -> tuple[float, Array]:
    """Return metres per unit and the rotation to y up, found from the size and the longest axis of the figure."""
    extent = np.ptp(heads, axis=0)
    if z_up is None:
        z_up = bool(extent[2] > 2 * extent[1] and extent[2] > 0.6 * extent[0])
    turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) if z_up else np.eye(3)
    height = float(extent[2] if z_up else extent[1])
    if unit_m is not None:
        return unit_m, turn
    if height < 1e-9:
        return 0.01, turn
    # A preference for the two units in use: the others only where these would make a dwarf or a giant.
    off = [abs(np.log(height * unit / _FIGURE_M)) + (0.8 if unit not in (1.0, 0.01) else 0.0) for unit in _UNITS_M]
    return _UNITS_M[int(np.argmin(off))], turn


def _depth_first(skeleton: Skeleton) -> list[int]:
    found, waiting = [], [0]
    while waiting:
        bone = waiting.pop()
        found.append(bone)
        waiting.extend(reversed(skeleton.children(bone)))
    return found


def _ends(skeleton: Skeleton, heads: Array) -> Array:
    """Return (J, 3) from each joint to the end of its bone: the mannequin's own, else half of the bone before it."""
    figure = mannequin.load("1k")
    if on_mannequin(skeleton):
        ends: Array = figure.tails - figure.heads
        return ends
    parents = np.maximum(skeleton.parents, 0)
    half = (heads - heads[parents]) / 2
    return np.where(np.linalg.norm(half, axis=1, keepdims=True) > 1e-6, half, [0.0, 0.05, 0.0])


def _write_joints(
    lines: list[str], skeleton: Skeleton, order: list[int], offsets: Array, ends: Array, moving: set[int]
) -> None:
    depths: dict[int, int] = {}
    open_levels = 0
    for bone in order:
        depth = depths[skeleton.parents[bone]] + 1 if skeleton.parents[bone] >= 0 else 0
        depths[bone] = depth
        for level in range(open_levels - 1, depth - 1, -1):
            lines.append("\t" * level + "}")
        tabs = "\t" * depth
        x, y, z = offsets[bone]
        places = "6 Xposition Yposition Zposition" if bone in moving else "3"
        lines += [
            f"{tabs}{'JOINT' if depth else 'ROOT'} {skeleton.names[bone].replace('{', '(').replace('}', ')')}",
            tabs + "{",
            f"{tabs}\tOFFSET {x:.6f} {y:.6f} {z:.6f}",
            f"{tabs}\tCHANNELS {places} Zrotation Xrotation Yrotation",
        ]
        if not skeleton.children(bone):
            x, y, z = ends[bone]
            lines += [f"{tabs}\tEnd Site", tabs + "\t{", f"{tabs}\t\tOFFSET {x:.6f} {y:.6f} {z:.6f}", tabs + "\t}"]
        open_levels = depth + 1
    for level in range(open_levels - 1, -1, -1):
        lines.append("\t" * level + "}")


def _zxy(rotations: Array) -> Array:
    """(..., 4) → (..., 3) radians about z, then the turned x, then the turned y."""
    m = quat.to_matrix(rotations)
    level = np.hypot(m[..., 0, 1], m[..., 1, 1])
    x = np.arctan2(m[..., 2, 1], level)  # arcsin would lose half of the digits near a quarter turn
    locked = level < 1e-9
    z = np.where(locked, np.arctan2(m[..., 1, 0], m[..., 0, 0]), np.arctan2(-m[..., 0, 1], m[..., 1, 1]))
    y = np.where(locked, 0.0, np.arctan2(-m[..., 2, 0], m[..., 2, 2]))
    return np.stack([z, x, y], -1)
