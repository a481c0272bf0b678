"""The queue of captures and its order."""
