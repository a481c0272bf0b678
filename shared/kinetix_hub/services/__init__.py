"""Kinetix services that the hub talks to: the cloud and Kinetix Local."""
