"""GLB (glTF 2.0), the exchange format of every part: reads clips and characters, writes emotes on the mannequin or on a character."""

from __future__ import annotations

from typing import Any

from kinetix_core.formats.budget import Cost
from kinetix_core.formats.glb import accessors, clips, container, graph
from kinetix_core.formats.glb.character import Character, read_character
from kinetix_core.formats.glb.container import Document, parse
from kinetix_core.formats.glb.emote import write_emote, write_motion
from kinetix_core.formats.glb.onto import write_onto
from kinetix_core.formats.glb.surface import read_surface
from kinetix_core.formats.source import Source
from kinetix_core.io.untrusted_json import as_object
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import FormatError
from kinetix_core.values.wording import worded

__all__ = [
    "Character",
    "check",
    "read_character",
    "read_clip_camera",
    "read_description",
    "read_motion",
    "read_motions",
    "read_one",
    "write_emote",
    "write_motion",
    "write_onto",
]


def read_motion(source: Source, name: str | None = None) -> Motion:
    """The clip called `name`, else the first one that moves the skeleton.

    Raises:
        FormatError: not a GLB, damaged, or no such clip.
    """
    return read_one(source, name)[0]


def read_one(source: Source, name: str | None = None) -> tuple[Motion, list[str]]:
    """Read a clip as `read_motion` does, and the names of all clips that move the skeleton."""
    document, names, nodes, rig, moving = _read(parse(source))
    if name is not None and name not in names:
        raise FormatError(
            worded("The GLB has no clip “{clip}”.", clip=name),
            detail=f"It has: {', '.join(names[:20])}.",
            next_step="Name an existing clip, or omit the name for the first.",
        )
    wanted = next((number for number in moving if name in (None, names[number])), None)
    if wanted is None:
        raise FormatError(
            worded("The clip “{clip}” does not move the skeleton.", clip=name)
            if name
            else "No clip of the GLB moves its skeleton."
        )
    (motion,) = clips.read_clips(document, nodes, rig, [wanted])
    return motion, [names[number] for number in moving]


def read_description(source: Source) -> dict[str, Any]:
    """The JSON object, of which the tree of nodes and the joints of skins are sound; its data may be compressed, or elsewhere.

    Raises:
        FormatError: not a GLB, or damaged.
    """
    document = container.describe(source)
    graph.read_nodes(document)
    graph.joints(document)
    return document.json


def read_clip_camera(source: Source) -> dict[str, Any] | None:
    """Return the camera of the clip that an emote was captured from, unchecked; None if the file does not have it.

    Raises:
        FormatError: not a GLB, or damaged.
    """
    camera = as_object(container.describe(source).json["asset"].get("extras")).get(container.CLIP_CAMERA)
    return camera if isinstance(camera, dict) else None


def read_motions(source: Source) -> list[Motion]:
    """Every clip that moves the skeleton, in the file's order.

    Raises:
        FormatError: not a GLB, damaged, or without a clip.
    """
    document, _, nodes, rig, moving = _read(parse(source))
    if not moving:
        raise FormatError("No clip of the GLB moves its skeleton.")
    return list(clips.read_clips(document, nodes, rig, moving))


def check(source: Source) -> None:
    """Read everything that an engine would read of an emote. A skin is not asked for: files without a mesh have none.

    Raises:
        FormatError: why the file must not enter a project.
    """
    document = parse(source)
    for kind in ("images", "buffers"):
        for item in document.all(kind):
            uri = item.get("uri")
            if uri is not None and not (isinstance(uri, str) and uri.startswith("data:")):
                raise FormatError("The GLB refers to another file.", next_step="Export it as one .glb file.")
    for number in range(len(document.all("accessors"))):
        accessors.raw(document, number, tuple(accessors.COMPONENTS), f"Accessor {number}")
    document.budget.refill(Cost.NUMBERS)  # those were only looked at
    document, _, nodes, rig, moving = _read(document)
    read_surface(document, nodes, rig)
    if not moving:
        raise FormatError("No clip of the GLB moves its skeleton.", next_step="Choose a file that contains an emote.")
    for _ in clips.read_clips(document, nodes, rig, moving):
        pass


def _read(document: Document) -> tuple[Document, list[str], graph.Nodes, graph.Rig, list[int]]:
    """Return a document with the names of its clips, its nodes and skeleton, and the clips that move this."""
    names = clips.clip_names(document)
    if not names:
        raise FormatError("The GLB has no animation.", next_step="Choose a file that contains an emote.")
    nodes = graph.read_nodes(document)
    rig = graph.read_rig(document, nodes)
    return document, names, nodes, rig, clips.moving(document, rig)
