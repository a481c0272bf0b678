"""Every row, in the order in which they run."""

from __future__ import annotations

from . import (
    rows_access,
    rows_bag,
    rows_decision,
    rows_emotes,
    rows_giving,
    rows_http,
    rows_modes,
    rows_process,
    rows_upload,
    rows_users,
    rows_video,
    rows_world,
)

# isort: split
# Rows run in the order of these imports; those of the clients leave things behind that the others do not expect.
from . import rows_fivem, rows_page, rows_unity
from .suite import ROWS

__all__ = ["MODULES", "ROWS"]

MODULES = (
    rows_access,
    rows_users,
    rows_bag,
    rows_giving,
    rows_emotes,
    rows_world,
    rows_process,
    rows_decision,
    rows_upload,
    rows_video,
    rows_http,
    rows_modes,
    rows_page,
    rows_fivem,
    rows_unity,
)
