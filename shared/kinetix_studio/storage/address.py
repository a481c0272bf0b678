"""Address of object storage: `s3://bucket/folder?endpoint=https://…`. Keys are never part of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from kinetix_core.values.errors import InputError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_WEB = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
_OPTIONS = frozenset({"endpoint", "public", "region"})


@dataclass(frozen=True)
class StorageAddress:
    """Attributes:
    prefix: what all names begin with, without slashes around it; "" is the whole bucket.
    endpoint: where this service reaches the storage; None is what the AWS variables say.
    public: where everybody else does, if that is another address and links may lead there; None otherwise.
    region: None is what the AWS variables say.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    public: str | None = None
    region: str | None = None


def parse(text: str) -> StorageAddress:
    """Raises InputError, which repeats nothing of `text`: somebody may have put keys into it all the same."""
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _bad("It is no address.") from None
    if parts.scheme != "s3":
        raise _bad("It does not begin with s3://.")
    if parts.username is not None or parts.password is not None or any("key" in name.lower() for name in options):
        raise _bad("Keys do not belong into it: they are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    if unknown := set(options) - _OPTIONS:
        raise _bad(f"It has no option {', '.join(sorted(unknown))}.")
    if not _BUCKET.fullmatch(parts.netloc):
        raise _bad("A bucket's name has 3 to 63 small letters, digits, dots and hyphens.")
    for name in ("endpoint", "public"):
        if name in options and not _WEB.fullmatch(options[name]):
            raise _bad(f"{name} is no http:// or https:// address.")
    return StorageAddress(
        parts.netloc,
        parts.path.strip("/"),
        options["endpoint"].rstrip("/") if "endpoint" in options else None,
        options["public"].rstrip("/") if "public" in options else None,
        options.get("region"),
    )


def _bad(reason: str) -> InputError:
    return InputError(
        "This is no address of object storage.",
        code="badStorage",
        detail=reason,
        next_step="Write it like s3://bucket/folder?endpoint=https://s3.example.",
    )
