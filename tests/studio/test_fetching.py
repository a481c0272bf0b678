"""A machine that joined fetches its clip over a line that is slow, or cut. What stands for the service answers as a test wants."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetix_capture.interface import CaptureRequest
from kinetix_studio.machines.machine import Statement
from kinetix_studio.machines.remote_job import RemoteFile, RemoteJob
from kinetix_studio.machines.remote_queue import RemoteQueue
from tests.studio.test_joining import worker
from tests.support.raw_server import Exchange, RawServer
from tests.support.waiting import LIMIT_S


def job(size: int) -> RemoteJob:
    """A capture of a clip of so many bytes."""
    request = RemoteJob.plain(CaptureRequest(Path("clip.mp4"), Path()))
    clip = RemoteFile(name="clip.mp4", link="/clip.mp4", bytes=size)
    return RemoteJob(process="p", attempt=1, request=request, crop_pixels=None, files=[clip])


def test_half_of_a_clip_is_not_left_on_the_machine(tmp_path: Path) -> None:
    statement = Statement(version="1", weights="any", system="Test", cores=1, memory_bytes=0, captures=1)
    with RawServer(lambda exchange: exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")) as server:
        queue = RemoteQueue(server.url, "any", statement)
        with pytest.raises(Exception, match="IncompleteRead") as caught:
            queue.fetch(job(100), tmp_path)
    assert queue.is_away(caught.value) and not list(tmp_path.iterdir())


def test_a_worker_that_ends_when_idle_fetches_its_clip_first(tmp_path: Path) -> None:
    """However long that takes: nobody else may capture it until its lease is over."""
    jobs = [job(6)]
    told: list[str] = []

    def serve(exchange: Exchange) -> None:
        name = exchange.path.rpartition("/")[2]
        told.append(name)
        exchange.read_body()
        if exchange.method == "GET":
            exchange.stop.wait(1.5)
            exchange.answer(200, b"a clip")
        elif name == "next" and jobs:
            exchange.json(200, jobs.pop().model_dump(mode="json"))
        elif exchange.method == "PUT":
            exchange.json(200, {"blob": name, "bytes": 1})
        else:
            exchange.answer(204)

    (tmp_path / "token").write_text("any", encoding="utf-8")
    with (
        RawServer(serve) as server,
        worker(server.url, tmp_path / "token", tmp_path, "--max-idle", "0.1") as process,
    ):
        assert process.wait(LIMIT_S) == 0
    assert "deliver" in told, told
