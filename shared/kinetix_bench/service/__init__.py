"""Kinetix Local under load, and transfers by the client."""
