"""Clips made for measurements."""
