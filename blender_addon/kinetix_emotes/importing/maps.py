# SPDX-License-Identifier: GPL-3.0-or-later
"""Remembers the automatic mapping of the last skeletons: reading a body off its shape costs more than the import itself."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from kinetix_core.motion import Skeleton
from kinetix_core.motion.mapping import BoneMap, map_bones

__all__ = ["map_of"]

_KEPT = 32
_known: OrderedDict[bytes, BoneMap] = OrderedDict()


def map_of(skeleton: Skeleton) -> BoneMap:
    """`map_bones`, once for each skeleton."""
    digest = hashlib.sha256("\n".join(skeleton.names).encode("utf-8"))
    for values in (skeleton.parents, skeleton.rest_rotations, skeleton.rest_translations):
        digest.update(values.tobytes())
    key = digest.digest()
    if key not in _known:
        _known[key] = map_bones(skeleton)
        if len(_known) > _KEPT:
            _known.popitem(last=False)
    _known.move_to_end(key)
    return _known[key]
