"""Several services on one PostgreSQL: load, long queues, many users, workers that join."""
