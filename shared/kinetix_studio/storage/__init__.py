"""Blobs in object storage."""
