"""Object storage with its limits and keys, and its errors in words."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from kinetix_core.values.errors import InputError
from kinetix_local.store.blobs.interface import StorageError
from kinetix_studio.storage.address import StorageAddress

if TYPE_CHECKING:
    from obstore.store import S3Credential

_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
# Whoever runs on AWS may have keys from the machine itself.
_KEYS_OF_AWS = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_KEYS_LIVE = timedelta(minutes=10)  # until the file is read again


@dataclass(frozen=True)
class Limits:
    """Time limits of one request with its answer, and of all its retries. The library's defaults are three minutes and ten."""

    connect: timedelta
    request: timedelta
    repeats: int
    in_all: timedelta


BACKGROUND = Limits(timedelta(seconds=5), timedelta(seconds=30), 3, timedelta(seconds=60))
QUICK = Limits(timedelta(seconds=2), timedelta(seconds=4), 0, timedelta(seconds=4))
"""For the question whether it is there."""


def open_store(address: StorageAddress, endpoint: str | None, limits: Limits) -> S3Store:
    """Ask nothing of the storage yet.

    Raises:
        InputError: there are no keys, or the AWS variables make no sense.
    """
    options = {"endpoint": endpoint, "region": address.region or _region()}
    keys = None if "AWS_ACCESS_KEY_ID" in os.environ else _FileKeys.find()
    if (
        keys is None
        and "AWS_ACCESS_KEY_ID" not in os.environ
        and endpoint
        and not any(map(os.environ.get, _KEYS_OF_AWS))
    ):
        raise InputError(
            "There are no keys for the storage.",
            code="storageKeys",
            next_step="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE to a file with them.",
        )
    try:
        return S3Store(
            address.bucket,
            prefix=address.prefix or None,
            credential_provider=keys,
            client_options={
                "allow_http": (endpoint or "").startswith("http://"),
                "connect_timeout": limits.connect,
                "timeout": limits.request,
            },
            retry_config={"max_retries": limits.repeats, "retry_timeout": limits.in_all},
            **{name: value for name, value in options.items() if value is not None},  # type: ignore[arg-type]
        )
    except BaseError as error:
        raise InputError(
            "The storage's settings make no sense.",
            code="badStorage",
            detail=_first_line(error),
            next_step="Check the address and the AWS_… variables.",
        ) from error


def _region() -> str:
    """Storages of one's own mostly take any; the library would ask AWS for the bucket's."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


class _FileKeys:
    """Keys of a file of the AWS tools, read again from time to time: they may be changed while the service runs."""

    def __init__(self, path: Path, profile: str) -> None:
        self._path, self._profile = path, profile

    @classmethod
    def find(cls) -> _FileKeys | None:
        named = os.environ.get("AWS_SHARED_CREDENTIALS_FILE")
        path = Path(named) if named else Path("~/.aws/credentials").expanduser()
        found = cls(path, os.environ.get("AWS_PROFILE") or "default")
        if named:
            found()
        return found if named or path.is_file() else None

    def __call__(self) -> S3Credential:
        """Raises InputError, which repeats nothing of the file."""
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(self._path.read_text(encoding="utf-8"))
            section = parser[self._profile]
            return {
                "access_key_id": section["aws_access_key_id"],
                "secret_access_key": section["aws_secret_access_key"],
                "token": section.get("aws_session_token"),
                "expires_at": datetime.now(UTC) + _KEYS_LIVE,
            }
        except (OSError, ValueError, KeyError, configparser.Error):
            raise InputError(
                "The file with the storage's keys cannot be used.",
                code="storageKeys",
                detail=str(self._path),
                next_step=f"It needs a section [{self._profile}] with aws_access_key_id and aws_secret_access_key.",
            ) from None


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn the storage's refusals into StorageError; FileNotFoundError stays, unless the bucket itself is missing."""
    try:
        yield
    except FileNotFoundError as error:
        if code_of(error) == "NoSuchBucket":
            raise _told(error) from error
        raise
    except BaseError as error:
        raise _told(error) from error


def code_of(error: BaseException) -> str:
    """The storage's own word for it; "" where its answer had none."""
    found = _CODE.search(str(error))
    return found[1] if found else ""


def _told(error: Exception) -> StorageError:
    code = code_of(error)
    if code == "RequestTimeTooSkewed":
        return StorageError(
            "The clock of this machine and that of the storage differ too much.",
            code="storageClock",
            detail=_first_line(error),
            next_step="Let both set their clocks by the network (`timedatectl set-ntp true`); it goes on by itself then.",
        )
    if code == "NoSuchBucket":
        return StorageError(
            "The storage has no such bucket.",
            code="storageBucket",
            detail=_first_line(error),
            next_step="Check the bucket's name, or make it.",
        )
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return StorageError(
            "The storage does not accept the keys.",
            code="storageRefused",
            detail=_first_line(error),
            next_step="Check the keys, what they may do with the bucket, and this machine's clock.",
        )
    return StorageError(
        "The storage does not answer as it should.",
        code="storageAway",
        detail=_first_line(error),
        next_step="Check that it runs and can be reached; it is tried again by itself.",
    )


def _first_line(error: BaseException) -> str:
    """Without what the library adds for its makers."""
    return " ".join(str(error).partition("\n\nDebug source")[0].split())[:500]
