"""PostgreSQL, and several services on it."""
