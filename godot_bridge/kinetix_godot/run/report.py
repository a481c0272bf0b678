"""How a target stands, in the form of docs/hub-protocol.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kinetix_core.errors import FormatError
from kinetix_godot.plan.manifest import Manifest, RecordState

__all__ = ["status"]


def status(
    manifest: Manifest, waiting: int, problems: Mapping[str, tuple[str, FormatError]], last_sync: str | None
) -> dict[str, Any]:
    """Counts, conflicts, what the user deleted and what must not enter."""
    special = list(manifest.special.values())
    conflicts = [
        {
            "file": record.file,
            "emoteId": None if ":" in record.key else record.key,
            "reason": "changed at the source and in the project",
            "side": record.side,
        }
        for record in special
        if record.state is RecordState.CONFLICT
    ]
    deleted = [record.file for record in special if record.state is RecordState.DELETED]
    return {
        "counts": {
            "synced": len(manifest.records) - len(deleted),
            "conflicts": len(conflicts),
            "deleted": len(deleted),
            "edited": sum(record.state in {RecordState.EDITED, RecordState.MINE} for record in special),
            "waiting": waiting,
        },
        "conflicts": conflicts,
        "deleted": deleted,
        "problems": [{"file": name, "error": error.as_dict()} for name, error in problems.values()],
        "lastSync": last_sync,
    }
