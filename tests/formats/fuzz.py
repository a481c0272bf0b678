"""Feeds damaged files to a reader and says how it took them. Run as a program: READER SEED COUNT → one line of JSON.

A reader may return or raise FormatError; anything else ends the run with the input's number, so that it can be made again.
"""

from __future__ import annotations

import copy
import json
import random
import struct
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from kinetix_core import mannequin
from kinetix_core.formats import bvh, glb, kinanim
from kinetix_core.formats.glb.vrm_animation import write_vrm_animation
from kinetix_core.motion import Motion
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.formats import rigs
from tests.support import clips
from tests.support.measuring.memory import peak_mib
from tests.support.measuring.pace import unit_s

# What damages a file most: limits of the integer types, numbers that are none, other types.
NUMBERS = (0, 1, -1, 2, 127, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**64, 10**400)
VALUES: tuple[Any, ...] = (
    *NUMBERS[:-1],
    *(0.5, -1e300, 1e-300, 1e9, None, True, False, "", "x", "NaN"),
    *("VEC3", "SCALAR", "MAT4", "rotation", "CUBICSPLINE", "data:application/octet-stream;base64,AAAA"),
    *([], {}, [[]], [0], [0] * 16),
    {"node": 0, "path": "translation"},
)
_LARGEST_REPEAT = 1 << 20
"""Bytes of JSON."""
WORDS = (b"NaN", b"inf", b"-1", b"1e999", b"99999999", b"{", b"}", b"ROOT", b"JOINT", b"End Site", b"CHANNELS", b"\0")


def small() -> Motion:
    return clips.random_motion(4)


def corpus(reader: str) -> list[bytes]:
    motion = small()
    if reader == "bvh":
        return [bvh.write_motion(motion).encode()]
    if reader == "kinanim":
        return [kinanim.write_motion(motion, max_error_m=None), kinanim.write_motion(clips.random_motion(30))]
    # Mostly the small one: a thousand inputs a second find more than a hundred.
    return [
        glb.write_motion(motion),
        glb.write_emote(motion, max_error_m=0.05),
        rigs.character(),
        *[rigs.every_kind_of_accessor()] * 12,
        *[rigs.mirrored(1)] * 6,
        *[rigs.speaking()] * 6,
        *[write_vrm_animation(motion.with_(face=np.full((len(motion), len(FACE_SHAPES)), 0.5)))] * 2,
    ]


def readers(name: str) -> tuple[Callable[[bytes], object], ...]:
    """All that is read of a format; of a GLB the other parts as well after one was refused."""
    of_a_glb = (glb.read_motion, glb.read_motions, glb.check, character)
    return {"glb": of_a_glb, "bvh": (bvh.read_motion,), "kinanim": (kinanim.read_motion,)}[name]


def character(data: bytes) -> None:
    """The character in the file: a clip with a face onto it, with the clips that it has or without them, and its own face."""
    read = glb.read_character(data)
    skeleton = read.skeleton
    face = np.ones((1, len(FACE_SHAPES)))
    still = Motion(skeleton, 30.0, skeleton.rest_rotations[None], skeleton.rest_translations[:1], face=face)
    try:
        glb.write_onto(read, [still], keep_clips=len(data) % 2 == 0)
    finally:
        _ = read.face  # also of a file that nothing can be written onto


def damaged(source: bytes, dice: random.Random, *, text: bool) -> bytes:
    """Some bytes changed, cut out, repeated or cut off."""
    data = bytearray(source)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 16))):
        at = dice.randrange(len(data) + 1)
        kind = dice.randrange(7)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1 and at < len(data):
            data[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif kind == 2:
            size = dice.choice((1, 2, 4, 8, 64))
            del data[at : at + size]
        elif kind == 3:
            end = min(len(data), at + dice.choice((1, 4, 16, 256)))
            data[at:at] = data[at:end]
        elif kind == 4:
            del data[at:]
        elif kind == 5:
            number = dice.choice(NUMBERS[:-1])
            size = dice.choice((1, 2, 4, 8))
            data[at : at + size] = (number & (2 ** (8 * size) - 1)).to_bytes(size, "little")
        elif text:
            data[at:at] = b" " + dice.choice(WORDS) + b" "
        else:
            data[at : at + 4] = struct.pack("<f", dice.choice((float("nan"), float("inf"), -1e38, 1e-45)))
        if not data:
            break
    return bytes(data)


def damaged_json(source: bytes, dice: random.Random) -> bytes:
    """A GLB some of whose JSON values are replaced, removed, repeated or moved to another place."""
    document, binary = rigs.parts(source)
    repeated = False
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        holder: Any = document
        for _ in range(dice.randrange(1, 9)):
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            inner = [key for key in keys if isinstance(holder[key], dict | list) and holder[key]]
            if not inner or dice.random() < 0.15:
                break
            holder = holder[dice.choice(inner)]
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            continue
        key, other = dice.choice(keys), dice.choice(keys)
        kind = dice.randrange(6)
        if kind == 0:
            del holder[key]
        elif kind == 5 and isinstance(holder[key], list):
            # What costs little may cost much when there is a lot of it.
            times = dice.choice((2, 30, 1000))
            if not repeated and times * len(json.dumps(holder[key])) < _LARGEST_REPEAT:
                holder[key] = holder[key] * times
                repeated = True  # once, as what is repeated in what is repeated is too large for any reader
        elif kind == 1:
            holder[key] = copy.deepcopy(holder[other])
        elif kind == 2 and isinstance(holder[key], int | float):
            holder[key] = holder[key] + dice.choice((-1, 1, 7, 1000))
        else:
            holder[key] = copy.deepcopy(dice.choice(VALUES))
        if not isinstance(document, dict):
            break
    return rigs.join(document, binary)


def run(reader: str, seed: int, count: int) -> dict[str, Any]:
    reads, sources = readers(reader), corpus(reader)
    mannequin.load("1k")
    for source in sources:
        for read in reads:
            read(source)
    before = peak_mib()
    worst_s, unit, refused, number = 0.0, unit_s(), 0, seed
    for number in range(seed, seed + count):
        dice = random.Random(number)
        source = dice.choice(sources)
        if reader == "glb" and dice.random() < 0.7:
            data = damaged_json(source, dice)
        else:
            data = damaged(source, dice, text=reader == "bvh")
        fine = True
        for read in reads:
            began = time.process_time()
            try:
                read(data)
            except FormatError:
                fine = False
            except Exception:  # noqa: BLE001  what the run is about
                return {"input": number, "error": traceback.format_exc()[-3000:]}
            spent = time.process_time() - began
            if spent > worst_s:
                # As the machine is now; for what costs less than one unit, the one of the beginning will do.
                worst_s, unit = spent, unit_s() if spent > unit else unit
        refused += not fine
    grown = peak_mib() - before
    return {"worst_paces": worst_s / unit, "grown_mib": grown, "refused": refused, "count": count}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
