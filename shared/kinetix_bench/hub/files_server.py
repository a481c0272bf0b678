"""A stand-in service for the benchmark: as much of the API as a job needs, large files at a steady pace, in its own process."""

from __future__ import annotations

import json
import multiprocessing
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.synchronize import Event
from types import TracebackType
from typing import Any, ClassVar

from kinetix_bench.sync.files import small_emote

_UPLOAD_BYTES = 1024**3
_DOWNLOAD_BYTES = 1024**3
_PIECE = bytes(1024 * 1024)
_PACE_S = 0.04  # 25 MB/s for each of five transfers: together what a gigabit line carries


class FilesServer:
    """`with FilesServer() as service`: `url`; `downloading` and `busy` are set when transfers run. `small` answers at once."""

    upload_bytes = _UPLOAD_BYTES

    def __init__(self, *, small: bool = False) -> None:
        context = multiprocessing.get_context("spawn")
        self.downloading, self.busy, self._stop = context.Event(), context.Event(), context.Event()
        self._port = context.Queue()
        self._process = context.Process(
            target=_serve, args=(self._port, self.downloading, self.busy, self._stop, small), daemon=True
        )
        self.url = ""

    def __enter__(self) -> FilesServer:
        self._process.start()
        self.url = f"http://127.0.0.1:{self._port.get(timeout=60)}"
        return self

    def stop(self) -> None:
        """Cut all transfers."""
        self._stop.set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._process.terminate()
        self._process.join(10)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else head and body, sent apart, cost 40 ms an answer
    downloading: ClassVar[Event]
    busy: ClassVar[Event]
    stop: ClassVar[Event]
    small: ClassVar[bool]
    uploads: ClassVar[int] = 0
    names: ClassVar[dict[str, str]] = {}

    def log_message(self, format: str, *args: Any) -> None:
        """The benchmark shows figures only."""

    def _json(self, value: Any, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        last = path.rsplit("/", 1)[-1]
        if path.startswith("/files/"):
            self._file(last)
        elif path.endswith("/config"):
            self._json({"name": "bench"})
        elif path.startswith("/v1/process/token/"):
            self._json({"expireIn": 300, "retake": False})
        elif path.endswith("/processes"):
            self._json([])
        elif path.startswith("/v1/process/"):
            self._json({"uuid": last, "name": "x", "emote": last, "step": "done", "progression": 100})
        elif path.startswith("/v1/emotes/"):
            self._json({"uuid": last, "name": "x", "files": [self._row(last)], "metadata": {"duration": 1.0}})
        else:
            self._json({"id": 1, "virtualWorldId": last})

    def _row(self, emote: str) -> dict[str, Any]:
        return {"name": "animation-v2", "extension": "glb", "url": f"http://{self.headers['Host']}/files/{emote}"}

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path.startswith("/v1/process/token"):
            self.rfile.read(length)
            token = str(uuid.uuid4())
            self._json({"uuid": token, "url": f"http://x/?token={token}", "expire": "2099-01-01T00:00:00Z"})
            return
        if self.path != "/v1/process":
            self.rfile.read(length)
            self._json({"id": 1})
            return
        # The first clip is taken at once: its emote is the large download. The next ones trickle in.
        type(self).uploads += 1
        slow = not self.small and self.uploads > 1
        if self.uploads >= 5:
            self.busy.set()
        while length > 0 and not self.stop.is_set():
            length -= len(self.rfile.read(min(length, len(_PIECE))))
            if slow:
                time.sleep(_PACE_S)
        process = str(uuid.uuid4())
        self._json({"uuid": process, "name": "x", "emote": process, "step": "initialized", "progression": 0}, 201)

    def _file(self, emote: str) -> None:
        glb = small_emote(uuid.UUID(emote).int % 100_000)
        size = len(glb) if self.small else _DOWNLOAD_BYTES
        self.send_response(200)
        self.send_header("Content-Type", "model/gltf-binary")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(glb)
        sent = len(glb)
        self.downloading.set()
        while sent < size and not self.stop.is_set():
            self.wfile.write(_PIECE[: size - sent])
            sent += len(_PIECE)
            time.sleep(_PACE_S)


def _serve(port: Any, downloading: Event, busy: Event, stop: Event, small: bool) -> None:
    _Handler.downloading, _Handler.busy, _Handler.stop, _Handler.small = downloading, busy, stop, small
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    port.put(server.server_address[1])
    server.serve_forever()
