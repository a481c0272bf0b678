"""without_network.py [--without-python] COMMAND…: runs a command where there is no network but loopback (Linux).

With `--without-python` every Python of the system is hidden from it as well.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_NEW_MOUNTS, _NEW_USERS, _NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000  # CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET
_SET_FLAGS, _IS_UP = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP


def _leave(what: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(what) != 0:
        raise OSError(ctypes.get_errno(), "the system does not allow it")


def hide_python() -> None:
    """Hide Python from this process and its children."""
    programs = [*Path("/usr/bin").glob("python3*"), *Path("/usr/local/bin").glob("python3*")]
    folders = {*Path("/usr/lib").glob("python3*"), *Path("/usr/local/lib").glob("python3*"), Path(sys.base_prefix)}
    _leave(_NEW_MOUNTS)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for program in programs:
        if program.is_file() and not program.is_symlink():
            subprocess.run(["mount", "--bind", "/dev/null", str(program)], check=True)
    for folder in folders - {Path("/usr"), Path("/usr/local")}:
        subprocess.run(["mount", "-t", "tmpfs", "none", str(folder)], check=True)


def become_free_to_leave() -> None:
    """Whoever is not root gets the rights of root among processes of his own alone."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        return
    _leave(_NEW_USERS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def leave_the_network() -> None:
    """Raises OSError where the system does not allow it."""
    _leave(_NEW_NETWORK)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _IS_UP))


if __name__ == "__main__":
    command = sys.argv[1:]
    become_free_to_leave()
    leave_the_network()
    if command[0] == "--without-python":
        del command[0]
        hide_python()
    os.execvp(command[0], command)
