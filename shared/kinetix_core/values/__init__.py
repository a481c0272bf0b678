"""Vocabulary of every part: errors, names, limits and choices, as types."""
