"""Files: written atomically, read with limits, and named safely."""
