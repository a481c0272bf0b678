"""Benchmarks of this room (`kinetix bench NAME`)."""
