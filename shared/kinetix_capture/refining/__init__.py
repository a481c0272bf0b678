"""A take that can be corrected and solved again: what is kept of it, corrections as firm observations, the second solution."""
