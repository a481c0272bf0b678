"""Keys at rest: found by their hash, kept sealed by a secret outside the database (webhooks are signed with the key itself)."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

from kinetix_core import files
from kinetix_core.errors import KinetixError

__all__ = ["Seal", "digest", "new_key"]


def new_key() -> str:
    """16 random bytes as 32 lower-case hex characters."""
    return secrets.token_hex(16)


def digest(key: str) -> str:
    # A plain hash is enough: 128 random bits cannot be guessed.
    return hashlib.sha256(key.encode()).hexdigest()


class Seal:
    """Seals short texts by AES-GCM with the secret in `path` (made on first use, mode 0600)."""

    def __init__(self, path: Path) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        files.create(path, secrets.token_hex(32), private=True)
        try:
            self._cipher = AESGCM(bytes.fromhex(path.read_text(encoding="utf-8").strip()))
        except ValueError as error:
            raise KinetixError(
                "The secret that seals the keys is damaged.",
                code="badSecret",
                detail=str(path),
                next_step="Restore it from a backup, or delete it and make new keys with `kinetix local key create`.",
            ) from error

    def seal(self, text: str) -> str:
        nonce = os.urandom(12)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str | None) -> str | None:
        """The text, or None when there is none or another secret sealed it."""
        from cryptography.exceptions import InvalidTag

        if not sealed:
            return None
        raw = base64.b64decode(sealed)
        try:
            return self._cipher.decrypt(raw[:12], raw[12:], None).decode()
        except InvalidTag:
            return None
