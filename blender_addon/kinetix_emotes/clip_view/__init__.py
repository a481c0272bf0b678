# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip's picture over a 3D view: what trimming it and showing where a joint is in it have in common."""
