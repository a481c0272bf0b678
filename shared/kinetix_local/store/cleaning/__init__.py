"""Permanent deletion, on request or by retention."""
