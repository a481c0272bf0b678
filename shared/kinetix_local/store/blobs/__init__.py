"""Files of emotes and clips by name, wherever they lie."""

from kinetix_local.store.blobs.folder import FolderBlobs
from kinetix_local.store.blobs.interface import RESERVED_BYTES, BlobDamaged, Blobs, StagingBlobs, StorageError

__all__ = ["RESERVED_BYTES", "BlobDamaged", "Blobs", "FolderBlobs", "StagingBlobs", "StorageError"]
