"""`python -m tests.hub.server.dying_hub`: a hub that is killed when Kinetix Local has answered its request for a version."""

from __future__ import annotations

import os
import sys
from typing import Any

from kinetix_hub.__main__ import main
from kinetix_hub.services.local_process import LocalService

_ask = LocalService.ask


def _ask_and_die(self: LocalService, method: str, *rest: Any, **options: Any) -> Any:
    answer = _ask(self, method, *rest, **options)
    if method == "POST":
        os._exit(9)
    return answer


if __name__ == "__main__":
    LocalService.ask = _ask_and_die  # type: ignore[method-assign]
    sys.exit(main())
