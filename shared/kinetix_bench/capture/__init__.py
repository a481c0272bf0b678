"""Accuracy and speed of the capture."""
