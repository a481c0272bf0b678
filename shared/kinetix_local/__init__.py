"""Kinetix Local: the SDK API served from this machine, with the capture done here."""
