"""Step of `make setup`: brings the capture models into the user's cache. Says nothing when they are there."""

from __future__ import annotations

import sys

from kinetix_capture.networks import weights
from kinetix_core.values.errors import KinetixError


def main() -> None:
    missing = weights.missing()
    if not missing:
        return
    size = sum(model.size for model in missing) / 1e6
    print(f"Fetching the capture models (once, {size:.0f} MB kept of a larger package) ...", flush=True)
    try:
        weights.fetch()
    except KinetixError as error:
        sys.exit(f"{error.title} {error.detail}\n{error.next_step}")


if __name__ == "__main__":
    main()
