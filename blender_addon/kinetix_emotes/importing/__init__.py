# SPDX-License-Identifier: GPL-3.0-or-later
"""Feature folder: ops.py, panel.py and props.py, as in the others."""
