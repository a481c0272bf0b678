"""Schema, database and rows."""
