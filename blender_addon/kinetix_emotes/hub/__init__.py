# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection to the hub: find it, start it, follow its state, and send requests from a timer."""
