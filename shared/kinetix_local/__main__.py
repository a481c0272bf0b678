"""`python -m kinetix_local serve …` is `kinetix local serve …`: how the hub starts the service in its own environment."""

from __future__ import annotations

import sys

from kinetix_core.serving.garbage import collect_rarely


def main() -> None:
    collect_rarely()
    from kinetix_local.commands.local import run

    sys.exit(run())


if __name__ == "__main__":  # workers import this module too
    main()
