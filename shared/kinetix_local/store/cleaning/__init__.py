"""Deleting for good, by wish or after a time."""
