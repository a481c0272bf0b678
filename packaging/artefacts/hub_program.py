"""The program of the hub without Python: `kinetix`, which also runs our modules as `python -m` would.

Everywhere else the product starts its own processes as `sys.executable -m MODULE`; in a frozen program that is this file.
"""

from __future__ import annotations

import multiprocessing
import runpy
import sys


def main() -> None:
    multiprocessing.freeze_support()  # a worker of Kinetix Local goes no further
    if sys.argv[1:2] == ["-m"]:
        module = sys.argv[2]
        del sys.argv[1:3]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        from kinetix_hub.cli.main import main as command_line

        command_line()


if __name__ == "__main__":
    main()
