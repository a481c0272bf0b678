"""The loop that follows sources and projects, inside the hub or alone."""
