"""Example captures with pictures."""
