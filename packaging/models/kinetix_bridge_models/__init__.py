"""Holds the capture models of Kinetix Bridge as files; there is nothing to call."""
