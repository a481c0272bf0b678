# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Jobs panel."""

from __future__ import annotations

from bpy.types import PropertyGroup

from .. import session

__all__ = ["CLASSES", "KinetixJobsValues"]


class KinetixJobsValues(PropertyGroup):
    show_ended: session.boolean("jobs.show_ended", "Finished", "Show the jobs that have ended")  # type: ignore[valid-type]


CLASSES = [KinetixJobsValues]
