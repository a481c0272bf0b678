"""`python -m kinetix_hub.cli`: the command line where `kinetix` is not on the PATH, as after a `pip install --user` on Windows."""

from __future__ import annotations

from kinetix_hub.cli.main import main

if __name__ == "__main__":
    main()
