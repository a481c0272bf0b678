"""`python -m kinetix_hub`: run the hub in this process. `kinetix hub start` runs it in the background."""

from __future__ import annotations

import argparse
import sys

from kinetix_core.serving.garbage import collect_rarely


def main() -> int:
    collect_rarely()
    from kinetix_hub.server.run import ignore_hang_up, run_hub

    parser = argparse.ArgumentParser(
        prog="kinetix_hub", description="The hub of Kinetix Bridge (docs/hub-protocol.md)."
    )
    parser.add_argument("--port", type=int, default=0, help="wanted port; a free one by default")
    parser.add_argument(
        "--idle", type=float, default=None, metavar="S", help="stop after so many idle seconds; 0 never"
    )
    given = parser.parse_args()
    ignore_hang_up()
    return run_hub(port=given.port, idle_s=given.idle)


if __name__ == "__main__":
    sys.exit(main())
