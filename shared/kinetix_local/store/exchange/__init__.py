"""Export and import of a whole state."""
