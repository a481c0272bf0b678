"""The benchmarks of this room."""
