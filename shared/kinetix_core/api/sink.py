"""Where a download's bytes go: straight to the file, or for large files through a thread, so that reading and writing overlap."""

from __future__ import annotations

import queue
import threading
from types import TracebackType
from typing import BinaryIO

__all__ = ["BLOCK", "Sink"]

BLOCK = 1 << 20
_BUFFERS = 3


class Sink:
    """Give it what `buffer()` gave, filled. As a context manager it ends only when everything is written.

    Args:
        threaded: write on a thread of its own. An error of the disk is then raised by the next call.
    """

    def __init__(self, file: BinaryIO, *, threaded: bool) -> None:
        self._file = file
        self._free: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        self._full: queue.SimpleQueue[memoryview | None] = queue.SimpleQueue()
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        for _ in range(_BUFFERS if threaded else 1):
            self._free.put(memoryview(bytearray(BLOCK)))
        if threaded:
            self._thread = threading.Thread(target=self._run, name="kinetix-download", daemon=True)
            self._thread.start()

    def buffer(self) -> memoryview:
        """Memory of one block to fill; waits while the disk is behind."""
        return self._free.get()

    def write(self, view: memoryview, whole: memoryview | None = None) -> None:
        """Writes `view`; `whole` is the buffer it is the beginning of, to be given out again."""
        if self._error is not None:
            raise self._error
        if self._thread is None or whole is None:
            self._put(view)
            if whole is not None:
                self._free.put(whole)
        else:
            self._full.put(view)

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._full.put(None)
            self._thread.join()
        if self._error is not None and error is None:
            raise self._error

    def _run(self) -> None:
        while (view := self._full.get()) is not None:
            try:
                if self._error is None:
                    self._put(view)
            except BaseException as error:  # noqa: BLE001 - raised on the reading side
                self._error = error
            self._free.put(memoryview(view.obj))  # the whole buffer again

    def _put(self, view: memoryview) -> None:
        while view:
            view = view[self._file.write(view) :]
