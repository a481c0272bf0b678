"""The queue of captures and what runs it."""
