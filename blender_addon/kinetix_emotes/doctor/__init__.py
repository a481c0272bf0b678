# SPDX-License-Identifier: GPL-3.0-or-later
"""Feature folder: ops.py and panel.py, as in the others; what is found and how it is requested stand apart."""
