"""What a file is, by its extension, for those that fetch it over HTTP."""

from __future__ import annotations

from pathlib import PurePosixPath

__all__ = ["content_type"]

_TYPES = {
    "glb": "model/gltf-binary",
    "kinanim": "application/octet-stream",
    "fbx": "application/octet-stream",
    "ycd": "application/octet-stream",
    "bvh": "text/plain; charset=utf-8",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "json": "application/json; charset=utf-8",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
}


def content_type(name: str) -> str:
    """Of a file's or blob's name. What is not known is bytes: no page of a stranger is shown as one."""
    return _TYPES.get(PurePosixPath(name).suffix.removeprefix("."), "application/octet-stream")
