# SPDX-License-Identifier: GPL-3.0-or-later
"""A joint is shown its place in the clip's picture, over the 3D view."""
