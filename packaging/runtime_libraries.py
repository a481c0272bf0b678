"""Microsoft's run-time libraries in a program for Windows: which of them hub.spec leaves out.

With the Python of python.org they may be handed on, and have to be: a new Windows has none of them. The lane for Windows' Python
(windows/README.md) has them from other packages, for tests alone, and needs Microsoft's C library beside Python, where python.org's
never has it. A program that is built there takes them from the system that it runs on.
"""

from __future__ import annotations

import re
from pathlib import Path

# Only plain names: a wheel that brings a copy for itself names it with a sum, and that copy is the wheel's.
_MICROSOFTS = re.compile(r"(?:api-ms-win-.*|(?:concrt|msvcp|ucrtbase|vcamp|vccorlib|vcomp|vcruntime)\w*)\.dll")


def left_out(name: str, python: Path) -> bool:
    """Whether a library that the program would carry as `name`, a path in it, stays out.

    Args:
        python: the folder of the Python that builds.
    """
    return (python / "ucrtbase.dll").exists() and _MICROSOFTS.fullmatch(Path(name).name.lower()) is not None
