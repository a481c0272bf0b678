"""Carries plans out, so that the project is whole at every moment."""
