"""Differences of Windows under rules that hold everywhere: dates, shells, pipes, files in use."""

from __future__ import annotations

import errno
import sys
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from kinetix_core.api.models import when
from kinetix_core.command_line import shell
from kinetix_core.io import os_errors
from kinetix_core.io.os_errors import from_os_error
from kinetix_core.values.moments import from_epoch_ms, in_local_time
from kinetix_hub.cli import main as command_line

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (-1, "1969-12-31T23:59:59.999000+00:00"),
        (0, "1970-01-01T00:00:00+00:00"),
        (32536850400000, "3001-01-19T22:00:00+00:00"),
        (253402300799999, "9999-12-31T23:59:59.999000+00:00"),
    ],
)
def test_far_dates_are_dates(milliseconds: int, text: str) -> None:
    found = from_epoch_ms(milliseconds)
    assert found.isoformat() == text
    assert when(milliseconds) == found
    assert when(1e300) is None and when(float("nan")) is None


def test_a_date_without_a_local_time_is_shown_in_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Far(datetime):
        def astimezone(self, tz: tzinfo | None = None) -> Far:
            raise OSError(errno.EINVAL, "Invalid argument")

    far = Far(3100, 1, 1, tzinfo=UTC)
    assert in_local_time(far) is far
    near = datetime(2024, 7, 1, tzinfo=UTC)
    assert in_local_time(near) - near == timedelta(0)


@pytest.mark.parametrize(
    ("text", "posix", "windows"),
    [
        ("Wave", "Wave", "Wave"),
        ("My dance", "'My dance'", "'My dance'"),
        ("Ann's", "'Ann'\"'\"'s'", "'Ann''s'"),
        ("Ann\u2019s", "'Ann\u2019s'", "'Ann\u2019\u2019s'"),
        (r"C:\clips\a.mp4", r"'C:\clips\a.mp4'", r"C:\clips\a.mp4"),
        ("$HOME", "'$HOME'", "'$HOME'"),
        ("", "''", "''"),
    ],
)
def test_hints_quote_as_the_persons_shell_does(text: str, posix: str, windows: str) -> None:
    assert shell.quote(text, "linux") == posix
    assert shell.quote(text, "win32") == windows


def in_use() -> OSError:
    """Return the error of Windows for a file that is open elsewhere."""
    error = PermissionError(errno.EACCES, "Permission denied", "a.glb", 32)
    if sys.platform != "win32":
        vars(error)["winerror"] = 32
    return error


def test_a_file_in_use_is_not_reported_as_a_missing_right() -> None:
    assert os_errors.is_in_use(in_use()) and not os_errors.is_in_use(PermissionError(errno.EACCES, "no"))
    assert from_os_error(in_use()).code == "fileInUse"
    assert from_os_error(PermissionError(errno.EACCES, "no")).code == "notWritable"


def test_a_closed_pipe_is_known_by_either_system() -> None:
    assert command_line.is_closed_pipe(BrokenPipeError(errno.EPIPE, "Broken pipe"), "linux")
    assert command_line.is_closed_pipe(OSError(errno.EINVAL, "Invalid argument"), "win32")
    assert not command_line.is_closed_pipe(OSError(errno.EINVAL, "Invalid argument"), "linux")
    assert not command_line.is_closed_pipe(OSError(errno.EINVAL, "Invalid argument", "a.glb"), "win32")
