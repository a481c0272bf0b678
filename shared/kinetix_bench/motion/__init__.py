"""Retargeting, alone and inside Blender."""
