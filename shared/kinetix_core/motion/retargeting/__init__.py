"""A motion onto another figure."""
