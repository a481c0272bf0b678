"""Kinanim, version 0: Kinetix' streamable animation of 55 humanoid bones. A header with the size of every frame, then the frames.

Values are absolute local transforms (docs/conventions.md) in 16-bit steps of 1/10000. The file has no skeleton: the reader must
know it. docs/kinanim.md describes the bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core import mannequin
from kinetix_core.formats import humanoid, kinanim_keys, rates, reduction, source
from kinetix_core.formats.kinanim_face import FaceKeys
from kinetix_core.formats.kinanim_keys import LIMIT, LONGEST, STEP
from kinetix_core.formats.kinanim_table import BONES, PARENTS
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import FormatError, UnreadableFile
from kinetix_core.values.wording import worded

Array = NDArray[np.float64]
_ROTATION, _POSITION, _SCALE = 2, 4, 8
_END = -32_768
_FACE_ERROR = 0.01
"""Of a weight, where keys are left out."""
_HIPS = 0
_COLUMNS = 10
"""Of a stored bone: rotation x y z w, position x y z, scale x y z."""


@dataclass(frozen=True)
class Header:
    """Header of a Kinanim file.

    Attributes:
        fps: frames a second.
        sizes: bytes of each frame; 0 is a frame that is not stored.
        key_types: per bone, which of rotation (2), position (4) and scale (8) are stored.
        has_face: blend shapes follow the bones of each frame.
        length: bytes of the header itself.
    """

    fps: float
    sizes: tuple[int, ...]
    key_types: tuple[int, ...]
    has_face: bool
    length: int


def read_header(data: bytes | memoryview) -> Header:
    """The header at the beginning of `data`, which may be only the first part of a file.

    Raises:
        FormatError: not Kinanim, or cut short within the header.
    """
    fps, sizes, key_types, has_face, at = 30.0, (), (), False, 0
    seen: set[int] = set()  # a field that comes again could come a million times
    try:
        while True:
            (tag,) = struct.unpack_from("<h", data, at)
            at += 2
            if tag < 0:
                break
            if tag in seen:
                raise UnreadableFile(f"The Kinanim has the header field {tag} twice")
            seen.add(tag)
            if tag == 0:
                (version,) = struct.unpack_from("<H", data, at)
                at += 2
                if version:
                    raise UnreadableFile(f"The Kinanim has version {version}, not 0")
            elif tag == 1:
                (fps,) = struct.unpack_from("<f", data, at)
                at += 4
            elif tag == 2:
                (count,) = struct.unpack_from("<H", data, at)
                sizes = struct.unpack_from(f"<{count}H", data, at + 2)
                at += 2 + 2 * count
            elif tag == 3:
                (count,) = struct.unpack_from("<B", data, at)
                key_types = struct.unpack_from(f"<{count}B", data, at + 1)
                at += 1 + count
            elif tag == 4:
                (has_face,) = struct.unpack_from("<?", data, at)
                at += 1
            else:
                raise UnreadableFile(f"The Kinanim has the unknown header field {tag}")
            if at > len(data):
                raise UnreadableFile("The Kinanim ends within its header")
    except struct.error as error:
        raise UnreadableFile("The Kinanim ends within its header") from error
    if 0 not in seen or not sizes or not key_types:
        raise FormatError("The file is not a Kinanim.", detail="Its header lacks the version, the frames or the bones.")
    if len(key_types) > 64:
        raise UnreadableFile(f"The Kinanim has {len(key_types)} bones; a frame can hold 64")
    if len(sizes) * len(BONES) > source.MAX_POSES:
        raise UnreadableFile(f"The Kinanim has {len(sizes)} frames, more than can be read at once")
    return Header(rates.snap(fps), sizes, key_types, has_face, at)


def read_motion(data: source.Source, skeleton: Skeleton | None = None, name: str | None = None) -> Motion:
    """The clip on `skeleton`, which must be the one that it was made on; None is the mannequin.

    A bone that is never stored keeps its rest pose, a blend shape its weight of 0; gaps are interpolated.

    Raises:
        FormatError: not Kinanim or damaged.
    """
    view = source.load(data, "Kinanim")
    header = read_header(view)
    skeleton = mannequin.load("1k").skeleton if skeleton is None else skeleton
    values, stored, face = _frames(view, header)
    bones = humanoid.find(skeleton)
    local = {
        bone: kinanim_keys.filled(values[:, bone, :4], stored[:, bone])
        for bone in range(len(BONES))
        if header.key_types[bone : bone + 1] and header.key_types[bone] & _ROTATION and stored[:, bone].any()
    }
    if not local.keys() & bones.keys():
        raise UnreadableFile("The Kinanim moves no bone of the skeleton")
    rotations = _onto(skeleton, bones, local, len(header.sizes))
    root = np.tile(skeleton.rest_translations[0], (len(header.sizes), 1))
    if header.key_types[_HIPS] & _POSITION and stored[:, _HIPS].any() and _HIPS in bones:
        wanted = kinanim_keys.line(values[:, _HIPS, 4:7], stored[:, _HIPS])
        motion = Motion(skeleton, header.fps, rotations, np.zeros_like(root))
        root = wanted - kinematics.forward(motion)[1][:, bones[_HIPS]]
    return Motion(skeleton, header.fps, quat.continuous(rotations), root, name or "emote", face=face.weights())


def write_motion(motion: Motion, *, max_error_m: float | None = 0.002) -> bytes:
    """The bytes of a Kinanim file.

    Args:
        motion: on any humanoid skeleton; bones without a place in the format are folded into those below them.
        max_error_m: leaves out keys while no point of the body moves more than this, and those of a face while no weight is off by
            more than 0.01; None stores every frame.

    The range is ±3.2767 m: a longer path is shifted as a whole to fit, then clamped.

    Raises:
        FormatError: not a humanoid, or more than 65,535 frames.
    """
    if len(motion) > 65_535:
        raise FormatError(
            worded("A Kinanim holds 65,535 frames, not {count}.", count=len(motion)), next_step="Cut the clip."
        )
    bones = humanoid.find(motion.skeleton)
    if _HIPS not in bones:
        raise FormatError("The skeleton has no hips.", next_step="Map its bones first.")
    world, positions = kinematics.forward(motion)
    rotations: dict[int, Array] = {}
    for bone, own in bones.items():
        above = PARENTS[bone]
        while above >= 0 and above not in bones:
            above = PARENTS[above]
        rotations[bone] = world[:, own]
        if above >= 0:
            rotations[bone] = quat.multiply(quat.conjugate(world[:, bones[above]]), world[:, own])
    hips = _within(positions[:, bones[_HIPS]])
    kept: dict[int, NDArray[np.bool_]] = {}
    if max_error_m is not None:
        turns, _ = reduction.reduce_motion(motion, max_error_m, longest=LONGEST)
        kept = {bone: turns[own] for bone, own in bones.items()}
    face = None
    if motion.face is not None and motion.face.any():
        face = FaceKeys.of(motion.face, None if max_error_m is None else _FACE_ERROR)
    return encode(motion.fps, rotations, hips, kept, face)


def encode(
    fps: float,
    rotations: dict[int, Array],
    hips: Array,
    kept: dict[int, NDArray[np.bool_]] | None = None,
    face: FaceKeys | None = None,
) -> bytes:
    """Local rotations (F, 4) per bone number and the hips' positions (F, 3) → the bytes of a file.

    `kept` (F,) selects per bone the stored frames; bones without an entry, and the hips, have all.
    """
    frames = len(hips)
    key_types = np.zeros(len(BONES), np.uint8)
    stored = np.zeros((frames, len(BONES)), np.bool_)
    steps = np.zeros((frames, len(BONES), 7), "<i2")
    for bone, values in rotations.items():
        key_types[bone] = _ROTATION
        stored[:, bone] = True if kept is None or bone == _HIPS else kept.get(bone, True)
        steps[:, bone, :4] = kinanim_keys.steps(quat.continuous(values))
    key_types[_HIPS] |= _POSITION
    steps[:, _HIPS, 4:] = kinanim_keys.steps(hips)
    used = np.broadcast_to(stored[..., None], steps.shape).copy()
    used[:, 1:, 4:] = False
    shapes = [b""] * frames if face is None else face.packed()
    lengths = 10 + 2 * used.sum((1, 2))
    sizes = lengths + [len(shape) for shape in shapes]
    flags = kinanim_keys.flags_of(stored)
    out = [struct.pack("<hHhfhH", 0, 0, 1, fps, 2, frames), sizes.astype("<u2").tobytes()]
    out += [struct.pack("<hB", 3, len(BONES)), key_types.tobytes(), struct.pack("<h?h", 4, face is not None, _END)]
    numbers = steps[used].tobytes()
    at = 0
    for frame, length in enumerate(lengths.tolist()):
        out += [struct.pack("<HQ", frame, flags[frame]), numbers[at : at + length - 10], shapes[frame]]
        at += length - 10
    return b"".join(out)


def _within(path: Array) -> Array:
    """Return (F, 3) moved on the floor so that the middle of what it covers is the origin, if it would not fit otherwise."""
    reach = LIMIT / STEP
    flat = path[:, [0, 2]]
    if np.abs(flat).max() <= reach:
        return path
    out = path.copy()
    out[:, [0, 2]] -= (flat.max(0) + flat.min(0)) / 2
    return out


def _frames(view: memoryview, header: Header) -> tuple[Array, NDArray[np.bool_], FaceKeys]:
    """Stored values (F, 55, 10), which bones are stored in which frame (F, 55), and the same of the face."""
    frames = len(header.sizes)
    values = np.zeros((frames, len(BONES), _COLUMNS), np.int16)
    stored = np.zeros((frames, len(BONES)), np.bool_)
    face = FaceKeys.empty(frames)
    flat = values.reshape(frames, -1)
    columns, owners = _columns(header.key_types)
    layouts: dict[int, tuple[NDArray[np.int64], NDArray[np.bool_]]] = {}
    at, last = header.length, -1
    for size in header.sizes:
        if not size:
            continue
        if size < 10 or at + size > len(view):
            raise UnreadableFile("The Kinanim is truncated")
        number, flags = struct.unpack_from("<HQ", view, at)
        if not last < number < frames:
            raise UnreadableFile("The frames of the Kinanim are out of order")
        if flags not in layouts:
            if flags >> min(len(header.key_types), len(BONES)):
                raise UnreadableFile(f"A frame of the Kinanim has the unknown bone {flags.bit_length() - 1}")
            present = kinanim_keys.mask_of(flags, len(BONES))
            layouts[flags] = columns[present[owners]], present
        places, present = layouts[flags]
        length = 10 + 2 * len(places)
        if header.has_face:
            length += face.read(number, view, at + length, at + size)
        if size != length:
            raise UnreadableFile("A frame of the Kinanim differs in size from its header")
        flat[number, places] = np.frombuffer(view, "<i2", len(places), at + 10)
        stored[number] = present
        at, last = at + size, number
    if last < 0:
        raise UnreadableFile("The Kinanim stores no frame")
    return values / STEP, stored, face


def _columns(key_types: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (N,) where the numbers of a frame that has every bone go in its row, and the bone of each."""
    places: list[int] = []
    for bone, key_type in enumerate(key_types[: len(BONES)]):
        first = bone * _COLUMNS
        for bit, start, stop in ((_ROTATION, 0, 4), (_POSITION, 4, 7), (_SCALE, 7, 10)):
            if key_type & bit:
                places.extend(range(first + start, first + stop))
    columns = np.array(places, np.int64)
    return columns, columns // _COLUMNS


def _onto(skeleton: Skeleton, bones: dict[int, int], local: dict[int, Array], frames: int) -> Array:
    """Local rotations per Kinanim bone (F, 4) → (F, J, 4) of the skeleton, whose other bones rest."""
    rotations = np.tile(skeleton.rest_rotations, (frames, 1, 1))
    kinanim_of = {own: bone for bone, own in bones.items()}
    for own in range(len(skeleton)):
        bone = kinanim_of.get(own, -1)
        if bone not in local:
            continue
        turn, above = local[bone], PARENTS[bone]
        while above >= 0 and above not in bones:  # stored, but this skeleton has no such bone
            turn = quat.multiply(local[above], turn) if above in local else turn
            above = PARENTS[above]
        up = int(skeleton.parents[own])
        between = quat.IDENTITY
        while up >= 0 and up not in kinanim_of:  # the skeleton's own helper bones rest
            between = quat.multiply(skeleton.rest_rotations[up], between)
            up = int(skeleton.parents[up])
        rotations[:, own] = quat.multiply(quat.conjugate(between), turn)
    return quat.normalize(rotations)
