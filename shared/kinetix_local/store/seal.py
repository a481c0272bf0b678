"""Keys at rest: found by their hash, kept sealed by a secret outside the database (webhooks are signed with the key itself)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from kinetix_core.io import files
from kinetix_core.values.errors import KinetixError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes


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
            self._secret = bytes.fromhex(path.read_text(encoding="utf-8").strip())
            self._cipher = AESGCM(self._secret)
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

    def token(self, purpose: str) -> str:
        """Return the token for `purpose` that all services with this secret share."""
        return self._keyed(purpose).hex()

    def alias(self, uuid: str, purpose: str) -> str:
        """Return a UUID from which nobody without the secret finds the one that it stands for."""
        return str(UUID(bytes=self._block(purpose).encryptor().update(UUID(uuid).bytes)))

    def resolve(self, alias: str, purpose: str) -> str:
        """Return the UUID that `alias` stands for; for a made-up one, a UUID that nothing has."""
        return str(UUID(bytes=self._block(purpose).decryptor().update(UUID(alias).bytes)))

    def _block(self, purpose: str) -> Cipher[modes.ECB]:
        """Return AES for one block: a UUID is exactly one."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        return Cipher(algorithms.AES(self._keyed(purpose)), modes.ECB())

    def _keyed(self, purpose: str) -> bytes:
        return hmac.new(self._secret, purpose.encode(), hashlib.sha256).digest()

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
