"""Profiles and where their keys come from."""
