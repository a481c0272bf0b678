"""`python -m kinetix_hub.cli`: the command line if `kinetix` is not on the PATH."""

from __future__ import annotations

from kinetix_hub.cli.main import main

if __name__ == "__main__":
    main()
