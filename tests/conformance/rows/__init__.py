"""Every row, in the order in which they run."""

from __future__ import annotations

from . import access, bag, decision, emotes, giving, http, modes, process, upload, users, video, world

# isort: split
# Rows run in the order of these imports; those of the clients leave things behind that the others do not expect.
from ..suite import ROWS
from . import fivem, page, unity

__all__ = ["MODULES", "ROWS"]

MODULES = (access, users, bag, giving, emotes, world, process, decision, upload, video, http, modes, page, fivem, unity)
