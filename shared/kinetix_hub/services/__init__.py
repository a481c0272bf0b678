"""Kinetix services: the cloud and Kinetix Local."""
