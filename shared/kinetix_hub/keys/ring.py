"""Access to the OS keyring in a process of its own, which can be killed if a locked keyring blocks it.

`python -m kinetix_hub.keys.ring get|set|delete SERVICE NAME SECONDS`. The key goes through stdin and stdout, never through
arguments. The process counts the seconds itself, as its own start may take longer.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading

from kinetix_core.serving.environment import without_secrets
from kinetix_core.serving.garbage import collect_rarely

SERVICE = "kinetix-bridge"
_START_S = 30.0  # Python with the keyring's modules, 5 s where much else runs or a virus scanner reads each of them
_UNANSWERED = 3
_NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0


class RingTimeout(Exception):
    """Raised if the keyring does not answer in time: it is locked, or broken."""


def ask(action: str, name: str, secret: str = "", *, seconds: float = 5.0) -> str | None:
    """Return the stored key; None if there is no keyring or no key.

    Args:
        action: `get`, `set` or `delete`.
        name: of the profile.
        secret: the key to set.
        seconds: limit for the keyring's answer.

    Raises:
        RingTimeout: there was no answer in time.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "kinetix_hub.keys.ring", action, SERVICE, name, str(seconds)],
            input=secret,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=without_secrets(),
            timeout=_START_S + seconds,
            check=False,
            creationflags=_NO_WINDOW,
        )
    except subprocess.TimeoutExpired as error:
        raise RingTimeout from error
    if done.returncode == _UNANSWERED:
        raise RingTimeout
    return done.stdout if done.returncode == 0 and done.stdout else None


def _main(action: str, service: str, name: str, seconds: str) -> int:
    import keyring
    from keyring.errors import KeyringError

    if sys.platform == "win32":
        keyring.get_keyring()  # loads more modules; elsewhere it asks services, which is part of the answer
    limit = threading.Timer(float(seconds), os._exit, (_UNANSWERED,))
    limit.daemon = True
    limit.start()

    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):  # a pipe of Windows is not UTF-8 by itself
            stream.reconfigure(encoding="utf-8")
    try:
        if action == "get":
            sys.stdout.write(keyring.get_password(service, name) or "")
        elif action == "set":
            secret = sys.stdin.read()
            keyring.set_password(service, name, secret)
            # A keyring that swallows what it is given is none.
            sys.stdout.write(secret if keyring.get_password(service, name) == secret else "")
        else:
            keyring.delete_password(service, name)
    except (KeyringError, OSError, RuntimeError):
        return 1
    return 0


if __name__ == "__main__":
    collect_rarely()
    sys.exit(_main(*sys.argv[1:5]))
