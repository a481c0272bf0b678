"""Benchmarks of the sync into a Godot project."""
