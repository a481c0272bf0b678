"""Client for the Kinetix SDK API 1.4.45."""
