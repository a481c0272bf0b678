"""Sockets, the server on them, and the listener for phones."""
