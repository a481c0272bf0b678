"""Deletion of folders that the hub created, and of nothing around them."""

from __future__ import annotations

import shutil
from pathlib import Path

from kinetix_core.io.project_files import is_link_at
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import BadIdentity, SafeName


def remove_folder(folder: Path, place: Path) -> None:
    """Delete `folder`, which lies directly in `place`; one that is not there is no error.

    Whatever named it, a name with a way out of `place` deletes nothing, and neither does a link that somebody put there.

    Raises:
        KinetixError: it is another folder.
        OSError: it cannot be deleted, or only in part.
    """
    try:
        SafeName(folder.name)
    except BadIdentity as error:
        raise _refused(folder) from error
    if folder.parent != place:
        raise _refused(folder)
    if is_link_at(folder) or folder.resolve().parent != place.resolve():
        raise _refused(folder)
    if folder.is_dir():
        shutil.rmtree(folder)


def _refused(folder: Path) -> KinetixError:
    return KinetixError(
        "This folder was not created by Kinetix, so it is not deleted.",
        code="notOurs",
        detail=str(folder),
        next_step="Check the folder, and delete it yourself if you do not need it.",
    )
