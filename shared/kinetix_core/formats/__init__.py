"""Animation formats: GLB, VRM animation, BVH, Kinanim, and FBX and USD (written only). Input is hostile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kinetix_core.io.glb_chunks import MAGIC
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import FormatError
from kinetix_core.values.wording import worded

if TYPE_CHECKING:
    from kinetix_core.formats.glb.character import Character

READABLE = (".glb", ".gltf", ".vrma", ".bvh", ".kinanim")
WRITABLE = (".glb", ".vrma", ".bvh", ".fbx", ".usd", ".kinanim")
_BEFORE_TEXT = b"\xef\xbb\xbf \t\r\n"


def read_motion(path: Path, name: str | None = None) -> Motion:
    """The clip of a file of any readable format, told by its first bytes; its name is the clip's or the file's.

    Raises:
        FormatError: of an unknown format, or damaged.
        OSError: the file cannot be read.
    """
    return read_one(path, name)[0]


def read_one(path: Path, name: str | None = None) -> tuple[Motion, list[str]]:
    """Read a clip as `read_motion` does, and the names of all clips of the file."""
    from kinetix_core.formats import bvh, glb, kinanim

    head = _head(path)
    text = head.lstrip(_BEFORE_TEXT)
    if is_gltf(path):
        return glb.read_one(path, name)
    if text[:9].upper() == b"HIERARCHY":
        motion = bvh.read_motion(path, name or path.stem)
    elif head[:4] == b"\0\0\0\0" or path.suffix.lower() == ".kinanim":
        motion = kinanim.read_motion(path, name=name or path.stem)
    elif head[:18] == b"Kaydara FBX Binary" or path.suffix.lower() == ".fbx":
        raise FormatError("FBX files can only be written.", next_step="Open it in Blender and export a GLB.")
    else:
        raise FormatError(
            worded("“{file}” is not a GLB, BVH or Kinanim file.", file=path.name), next_step="Choose another file."
        )
    return motion, [motion.name]


def is_gltf(path: Path) -> bool:
    """A GLB, or the JSON of a glTF, told by its first bytes. Raises OSError when the file cannot be read."""
    head = _head(path)
    return head[:4] == MAGIC or head.lstrip(_BEFORE_TEXT)[:1] == b"{"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def to_bytes(motion: Motion, suffix: str, *, max_error_m: float | None = None) -> bytes:
    """A motion as a file of the format that `suffix` stands for: with the mannequin's body, or with a solid for every bone.

    Args:
        max_error_m: GLB, VRM animation and Kinanim leave out keys while no point of the body moves more than this; None keeps
            every frame.

    Raises:
        FormatError: the format is not written, or cannot hold the motion.
    """
    from kinetix_core.formats import bvh, fbx, glb, kinanim, usd
    from kinetix_core.formats.figure import on_mannequin
    from kinetix_core.formats.glb import vrm_animation

    body = on_mannequin(motion.skeleton)
    match suffix.lower():
        case ".glb":
            return (glb.write_emote if body else glb.write_motion)(motion, max_error_m=max_error_m)
        case ".vrma":
            return vrm_animation.write_vrm_animation(motion, max_error_m=max_error_m)
        case ".fbx":
            return fbx.write_motion(motion)
        case ".usd":
            return usd.write_motion(motion)
        case ".bvh":
            return bvh.write_motion(motion).encode("utf-8")
        case ".kinanim":
            return kinanim.write_motion(motion, max_error_m=max_error_m)
    raise FormatError(
        worded("The format “{suffix}” cannot be written.", suffix=suffix),
        next_step=worded("Use one of {names}.", names=", ".join(WRITABLE)),
    )


def with_body(motion: Motion, body: Character | None, suffix: str, *, max_error_m: float | None = None) -> bytes:
    """Return the file of `to_bytes`, with `body` where the format has room for one. Raises as `to_bytes`."""
    from kinetix_core.formats import fbx, glb, usd

    if body is not None and suffix.lower() == ".glb":
        return glb.write_onto(body, [motion], max_error_m=max_error_m)
    if body is not None and len(body.faces) and suffix.lower() in (".fbx", ".usd"):
        write = fbx.write_figure if suffix.lower() == ".fbx" else usd.write_figure
        return write(motion, body, body.name)
    return to_bytes(motion, suffix, max_error_m=max_error_m)
