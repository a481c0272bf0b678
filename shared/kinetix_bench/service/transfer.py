"""`kinetix bench transfer`: the client's upload and download of 1 GiB against curl's, over loopback, in the same run.

The server is a process of its own that does as little as can be done (the same block out again and again, recv and forget in),
so that the two clients are what is measured. Each measurement of ours is a fresh process, as each of curl's is.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from kinetix_bench.process import print_figures, running
from kinetix_core.api import Client, Limits
from kinetix_core.values.errors import InputError

TARGETS = {"download": 1.0, "upload": 1.0}
_TOKEN = "00000000-0000-4000-8000-000000000000"
_BUFFER = 1 << 20
_OUT = 256 << 10
# Linux throws TCP's bytes away without copying them when it is asked so.
_FORGET = socket.MSG_TRUNC if sys.platform == "linux" else 0


def _serve(listener: socket.socket, file: Path) -> None:
    """GET of anything sends as many bytes as the file has; POST takes everything in and answers 201."""
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=_connection, args=(sock, file), daemon=True).start()


def _connection(sock: socket.socket, file: Path) -> None:
    buffer = bytearray(_BUFFER)
    view = memoryview(bytes(_OUT))
    with sock, suppress(OSError):
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                piece = sock.recv(1 << 16)
                if not piece:
                    return
                data += piece
            head, _, data = data.partition(b"\r\n\r\n")
            lower = head.lower()
            if b"\r\nexpect: 100-continue" in lower:
                sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            if head.startswith(b"POST"):
                left = int(lower.partition(b"\r\ncontent-length:")[2].split(b"\r\n")[0]) - len(data)
                data = b""
                while left > 0:
                    count = sock.recv_into(buffer, min(left, _BUFFER), _FORGET)
                    if not count:
                        return
                    left -= count
                body = b'{"uuid":"u","step":"initialized"}'
                sock.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            elif b"/token/" in head.split(b"\r\n")[0]:
                sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"expireIn":300}')
            else:
                left = file.stat().st_size
                sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: "1"\r\n\r\n' % left)
                for start in range(0, left, _OUT):
                    sock.sendall(view[: left - start])


def _main(arguments: list[str]) -> None:
    """The process that serves, or one that measures."""
    if arguments[0] == "serve":
        listener = socket.create_server(("127.0.0.1", 0))
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        threading.Thread(target=_serve, args=(listener, Path(arguments[1])), daemon=True).start()
        sys.stdin.read()  # ends with its parent
        return
    mode, url, file = arguments[0], arguments[1], Path(arguments[2])
    with Client(url, limits=Limits(read_s=300)) as client:
        client.process.token_status(_TOKEN)  # what is loaded on first use is not the transfer's time
        begun, worked = time.perf_counter(), time.process_time()
        if mode == "download":
            client.download("/file", file, kind="")
        else:
            client.process.create(_TOKEN, file)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu_s": cpu}))


def _children_cpu_s() -> float:
    """Processor time of all children that have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _fill(path: Path, size: int) -> None:
    """A file with all its pages. One with holes would flatter whoever reads it: the same empty page again and again."""
    block = os.urandom(_BUFFER)
    with path.open("wb") as file:
        for start in range(0, size, _BUFFER):
            file.write(block[: size - start])


@contextmanager
def _server(file: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "kinetix_bench.service.transfer", "serve", str(file)]
    with running(command, output=subprocess.PIPE) as process:
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


def _run(command: list[str]) -> str:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


def measure(size: int, rounds: int) -> dict[str, Any]:
    """Best of `rounds` of each, taken in turns. Rates in MB/s, processor time in seconds, memory in MiB."""
    curl = shutil.which("curl")
    if curl is None:
        raise InputError(
            "curl is not here.", code="noCurl", next_step="Install curl; it is what this is measured against."
        )
    with tempfile.TemporaryDirectory(prefix="kinetix-transfer-", dir=_folder(size)) as name:
        folder = Path(name)
        source, target = folder / "source.mp4", folder / "target.bin"
        _fill(source, size)
        with _server(source) as url:

            def ours(mode: str) -> dict[str, float]:
                file = target if mode == "download" else source
                found: dict[str, float] = json.loads(
                    _run([sys.executable, "-m", "kinetix_bench.service.transfer", mode, url, str(file)])
                )
                target.unlink(missing_ok=True)
                return found

            def curl_run(mode: str) -> dict[str, float]:
                before = _children_cpu_s()
                what = ["-o", str(target), f"{url}/file"] if mode == "download" else [
                    "-o", os.devnull, "-F", "name=x", "-F", f"video=@{source}", f"{url}/v1/process"
                ]  # fmt: skip
                seconds = float(_run([curl, "-s", "-S", "-f", "-w", "%{stderr}%{time_total}", *what, "--stderr", "-"]))
                target.unlink(missing_ok=True)
                return {"seconds": seconds, "cpu_s": _children_cpu_s() - before}

            return {mode: _compare(size, rounds, mode, ours, curl_run) for mode in TARGETS}


def _compare(
    size: int,
    rounds: int,
    mode: str,
    ours: Callable[[str], dict[str, float]],
    curl_run: Callable[[str], dict[str, float]],
) -> dict[str, Any]:
    own, peer = [], []
    for _ in range(rounds):
        peer.append(curl_run(mode))
        own.append(ours(mode))

    def best(runs: list[dict[str, float]], name: str) -> float:
        return min(run[name] for run in runs)

    ratio = best(peer, "seconds") / best(own, "seconds")
    return {
        "ours_mb_s": round(size / best(own, "seconds") / 1e6, 1),
        "curl_mb_s": round(size / best(peer, "seconds") / 1e6, 1),
        "ratio": round(ratio, 2),
        # What each client cost, whoever else used the machine meanwhile.
        "ours_cpu_s": round(best(own, "cpu_s"), 3),
        "curl_cpu_s": round(best(peer, "cpu_s"), 3),
        "target": TARGETS[mode],
        "ok": ratio >= TARGETS[mode],
    }


def _folder(size: int) -> str | None:
    """Memory where there is enough of it: a disk would set the pace for both."""
    place = Path("/dev/shm")
    return str(place) if place.is_dir() and shutil.disk_usage(place).free > 2 * size else None


@click.command("transfer")
@click.option("--size-mib", default=1024, show_default=True, type=click.IntRange(1))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="The best of each counts.")
def bench_transfer(size_mib: int, rounds: int) -> int:
    """Upload and download of 1 GiB against curl's speed."""
    result = {"size_mib": size_mib, "rounds": rounds, **measure(size_mib << 20, rounds)}
    print_figures(result)
    return 0 if all(result[mode]["ok"] for mode in TARGETS) else 1


if __name__ == "__main__":
    _main(sys.argv[1:])
