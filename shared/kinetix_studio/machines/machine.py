"""Self-description of a machine that joins a service, and reasons to refuse it."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kinetix_core import __version__
from kinetix_core.values.errors import ConflictError, KinetixError

_LEAST_BYTES = 1 << 30  # what one capture takes at most, as measured
_Short = Annotated[str, Field(max_length=100)]


class Statement(BaseModel):
    """`captures` is how many it would run at the same time.

    `weights` is one SHA-256 over all models' own; "missing" where one is not there or another.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: _Short
    weights: _Short
    system: _Short
    cores: Annotated[int, Field(ge=1, le=4096)]
    memory_bytes: Annotated[int, Field(ge=0, lt=2**53)]
    captures: Annotated[int, Field(ge=1, le=64)]


def this_machine(captures: int) -> Statement:
    return Statement(
        version=__version__,
        weights=_weights_here(),
        system=f"{platform.system()} {platform.machine()}"[:100],
        cores=os.cpu_count() or 1,
        memory_bytes=_memory_bytes(),
        captures=captures,
    )


def refusal(statement: Statement) -> KinetixError | None:
    """Return why the machine's emotes would not be those of this one; None when they would."""
    if statement.version != __version__:
        reason = f"It has version {statement.version}, this service {__version__}."
        cure = "Install the service's version on the machine."
    elif statement.weights != expected_weights():
        reason, cure = (
            "Its capture models are missing, or not those of this version.",
            "Fetch them again on the machine.",
        )
    elif 0 < statement.memory_bytes < statement.captures * _LEAST_BYTES:
        reason = f"{statement.captures} captures at once need {statement.captures} GiB, it has {statement.memory_bytes >> 20} MiB."
        cure = "Let it run fewer at once (`--workers`)."
    else:
        return None
    return ConflictError("This machine cannot capture here.", code="workerRefused", detail=reason, next_step=cure)


def expected_weights() -> str:
    """Known without the models: a service whose machines capture for it needs none itself."""
    from kinetix_capture.networks.weights import MODELS

    return hashlib.sha256(" ".join(model.sha256 for model in MODELS).encode()).hexdigest()


def _weights_here() -> str:
    from kinetix_capture.networks.weights import missing

    return "missing" if missing() else expected_weights()


def _memory_bytes() -> int:
    """Return the machine's memory in bytes, or 0 if unknown."""
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = (
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                *((name, ctypes.c_ulonglong) for name in ("total", "b", "c", "d", "e", "f", "g")),
            )

        status = Status(length=ctypes.sizeof(Status))
        return int(status.total) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0
