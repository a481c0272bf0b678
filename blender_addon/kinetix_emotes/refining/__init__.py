# SPDX-License-Identifier: GPL-3.0-or-later
"""A take is corrected where the capture is wrong, and solved again."""
