"""Content types by extension, for files served over HTTP."""

from __future__ import annotations

from pathlib import PurePosixPath

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
    """Return the content type of a file or blob name; unknown ones are bytes, so that no stranger's page is rendered."""
    return _TYPES.get(PurePosixPath(name).suffix.removeprefix("."), "application/octet-stream")
