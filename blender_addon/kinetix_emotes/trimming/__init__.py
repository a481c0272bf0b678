# SPDX-License-Identifier: GPL-3.0-or-later
"""Feature folder: trim and crop the clip of the form in its picture, over the 3D view. geometry.py knows nothing of Blender."""
