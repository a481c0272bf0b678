"""Quality report of a take."""
