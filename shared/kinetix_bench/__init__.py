"""Benchmarks of every room (`kinetix bench NAME`), each beside a peer or a limit in the same run. Not part of what a user installs."""
