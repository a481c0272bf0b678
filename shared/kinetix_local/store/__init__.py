"""Database (SQLAlchemy) and files by content hash."""
