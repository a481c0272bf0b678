"""What the service keeps in memory, and how it learns of changes."""
