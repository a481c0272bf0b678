"""Every row, in the order in which they run."""

from __future__ import annotations

from . import rows_access, rows_users
from .suite import ROWS

__all__ = ["MODULES", "ROWS"]

MODULES = (rows_access, rows_users)
