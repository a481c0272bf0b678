"""In-memory caches and their invalidation."""
